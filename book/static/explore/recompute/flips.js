// Flip tests: a cell flipped, or a bit of the address, and how often the answer changes. See the probes of the same
// names in code/deref/probes/pointer.

import { answerOf, flipped } from "../task.js";
import { Read } from "./answers.js";

// The share of answers that change with the addressed cell.
export function addressed(model, { bits }, memories, _, heard) {
  return cellFlips(model, bits, memories, heard, (after, cell) => [[cell, answerOf(after.ask(cell, bits).logits)]]);
}

// The share of answers that change with a cell that is not addressed.
export function other(model, { bits }, memories, _, heard) {
  return cellFlips(model, bits, memories, heard, (after, cell) =>
    [...after.answers(bits).entries()].filter(([address]) => address !== cell));
}

// The share of flips that the answer follows where it should and ignores elsewhere.
export function passed(model, { bits }, memories, _, heard) {
  return cellFlips(model, bits, memories, heard, (after, cell) => after.answers(bits).entries(),
    (changed, address, cell) => changed === (address === cell));
}

// `asked(after, cell)` gives addresses with what is answered there after the flip of a cell; what `counts` is counted.
function cellFlips(model, bits, memories, heard, asked, counts = (changed) => changed) {
  let counted = 0, count = 0;
  for (const [i, memory] of memories.entries()) {
    heard(i / memories.length);
    const read = Read.of(model, memory), before = read.answers(bits);
    memory.forEach((_, cell) => {
      const after = read.instead(cell, flipped(memory, cell).slice(cell));
      for (const [address, answer] of asked(after, cell)) {
        counted += counts(answer !== before[address], address, cell);
        count += 1;
      }
    });
  }
  return counted / count;
}

// The share of answers that change with a bit of the address where the two cells differ, mean over bits.
export const bitChanged = (model, task, memories) => addressFlips(model, task, memories, (one, two) => one !== two);

// The same where the two cells are alike.
export const bitStrayed = (model, task, memories) => addressFlips(model, task, memories, (one, two) => one === two);

function addressFlips(model, { bits }, memories, counts) {
  const changed = new Float64Array(bits), made = new Float64Array(bits);
  for (const memory of memories) {
    const answers = Read.of(model, memory).answers(bits);
    memory.forEach((bit, address) => {
      for (let place = 0; place < bits; place += 1) {
        const named = address ^ (1 << (bits - 1 - place));
        if (named >= memory.length || !counts(bit, memory[named])) continue;
        changed[place] += answers[address] !== answers[named];
        made[place] += 1;
      }
    });
  }
  return changed.reduce((sum, number, place) => sum + number / made[place], 0) / bits;
}
