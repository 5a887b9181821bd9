// What a model answers, address by address, with the memory run once: no node of it sees the address behind it.

import { answerOf, bitsOf } from "../task.js";

// A model that has read a memory, or the beginning of one, and can be asked.
export class Read {
  constructor(model, past, cells) {
    Object.assign(this, { model, past, cells });
  }

  static of(model, memory) {
    return new Read(model, memory.length ? model.extend([], memory, { rows: 0 }).past : [], memory.length);
  }

  // The same model behind the first cells alone, and from there on behind others.
  instead(kept, rest) {
    const inner = this.model.config.heads * this.model.K;
    const past = this.past.map(({ k, v }) => ({ k: k.subarray(0, kept * inner), v: v.subarray(0, kept * inner) }));
    return new Read(this.model, this.model.extend(kept ? past : [], rest, { rows: 0 }).past, kept + rest.length);
  }

  // Logits and, for the readout, patterns [layer][head] (row, position) at an address.
  ask(address, bits) {
    return this.model.extend(this.past, bitsOf(address, bits));
  }

  // Asks for every address in turn, `heard(address, reply)`: one run of a tree, since addresses begin alike.
  askAll(bits, heard) {
    const { tokens, parents, last } = tree(bits, this.cells);
    const { logits, patterns } = this.model.extend(this.past, tokens, { rows: last, parents });
    const row = (all, i) => all.subarray(i * all.length / last, (i + 1) * all.length / last);
    for (let i = 0; i < last; i += 1) {
      heard(i, { logits: row(logits, i), patterns: patterns.map((heads) => heads.map((all) => row(all, i))) });
    }
  }

  answers(bits) {
    const found = [];
    this.askAll(bits, (address, { logits }) => found.push(answerOf(logits)));
    return found;
  }
}

// The addresses of so many cells as a tree of bits, level by level: `last` of them, in order, stand at its ends.
function tree(bits, cells) {
  const tokens = [], parents = [];
  let level = [-1];
  for (let left = bits - 1; left >= 0; left -= 1) {
    const next = [];
    for (let i = 0; i * 2 ** left < cells; i += 1) { // beginnings of addresses that name a cell
      next.push(tokens.length);
      tokens.push(i % 2);
      parents.push(level[i >> 1]);
    }
    level = next;
  }
  return { tokens, parents, last: level.length };
}

// The share of right answers over all addresses of some memories.
export function accuracy(model, { bits }, memories) {
  let right = 0;
  for (const memory of memories) {
    Read.of(model, memory).answers(bits).forEach((answer, address) => { right += answer === memory[address]; });
  }
  return right / (memories.length * memories[0].length);
}
