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

  answers(bits) {
    return Array.from({ length: this.cells }, (_, address) => answerOf(this.ask(address, bits).logits));
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
