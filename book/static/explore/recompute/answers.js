// What a model answers, address by address, with the memory run once: no node of it sees the address behind it.

import { answerOf, bitsOf } from "../task.js";

// A model that has read a memory, or the beginning of one, and can be asked.
export class Read {
  constructor(model, past, cells) {
    Object.assign(this, { model, past, cells });
  }

  static of(model, memory) {
    return new Read(model, memory.length ? model.extend([], memory, 0).past : [], memory.length);
  }

  // The same model behind the first cells alone, and from there on behind others.
  instead(kept, rest) {
    const inner = this.model.config.heads * this.model.K;
    const past = this.past.map(({ k, v }) => ({ k: k.subarray(0, kept * inner), v: v.subarray(0, kept * inner) }));
    return new Read(this.model, this.model.extend(kept ? past : [], rest, 0).past, kept + rest.length);
  }

  // Logits and, for the readout, patterns [layer][head] (row, position) at an address.
  ask(address, bits) {
    return this.model.extend(this.past, bitsOf(address, bits));
  }

  // Asks for every address in turn, `heard(address, reply)`; what addresses begin with alike is run once.
  askAll(bits, heard) {
    const below = (past, beginning, left) => {
      for (const bit of [0, 1]) {
        const begun = 2 * beginning + bit;
        if (begun << (left - 1) >= this.cells) return; // such addresses name no cell
        const reply = this.model.extend(past, [bit], left === 1 ? 1 : 0);
        if (left === 1) heard(begun, reply);
        else below(reply.past, begun, left - 1);
      }
    };
    below(this.past, 0, bits);
  }

  answers(bits) {
    const found = [];
    this.askAll(bits, (address, { logits }) => found.push(answerOf(logits)));
    return found;
  }
}

// The share of right answers over all addresses of some memories.
export function accuracy(model, { bits }, memories) {
  let right = 0;
  for (const memory of memories) {
    Read.of(model, memory).answers(bits).forEach((answer, address) => { right += answer === memory[address]; });
  }
  return right / (memories.length * memories[0].length);
}
