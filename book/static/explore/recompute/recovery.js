// The causal trace: one position's residual stream is carried from one run into another. See
// code/deref/probes/pointer/trace.py, whose words these are.

import { bitsOf, flipped, marginOf } from "../task.js";

const THRESHOLD = 1; // of the gap of margins, in logits: a pair that the flip hardly moves says nothing

// The positions of a class at an address.
function positionsOf(name, address, cells, bits) {
  const span = (start, end) => Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);
  return { "addressed cell": [address], "earlier cells": span(0, address), "later cells": span(address + 1, cells),
    "address bits": span(cells, cells + bits - 1), readout: [cells + bits - 1] }[name];
}

// Both runs of a memory and an address, and the gap of their margins.
function pairOf(model, memory, address, bits) {
  const [clean, corrupted] = [memory, flipped(memory, address)].map((one) =>
    model.run([...one, ...bitsOf(address, bits)]));
  const margin = (logits) => marginOf(logits, memory[address]);
  return { clean, corrupted, margin, gap: margin(clean.logits) - margin(corrupted.logits) };
}

// The share of the gap that a patch of one position moves, in row `row` of the streams.
function recoveryAt(model, { clean, corrupted, margin }, direction, row, position) {
  const [base, source] = direction === "denoise" ? [corrupted, clean] : [clean, corrupted];
  const { width } = model.config, patched = base.streams[row].slice();
  patched.set(source.streams[row].subarray(position * width, (position + 1) * width), position * width);
  const from = margin(base.logits);
  return (margin(model.resume(row, patched)) - from) / (margin(source.logits) - from);
}

// Sums and numbers of recoveries at a class of positions, a memory at a time; pairs that are not kept count nowhere.
function tally(model, bits, memories, { direction, row, place, address = null }) {
  return memories.map((memory) => {
    let total = 0, count = 0;
    for (const asked of address === null ? memory.keys() : [address]) {
      const pair = pairOf(model, memory, asked, bits);
      if (!(pair.gap > THRESHOLD)) continue;
      for (const position of positionsOf(place, asked, memory.length, bits)) {
        total += recoveryAt(model, pair, direction, row, position);
        count += 1;
      }
    }
    return { total, count };
  });
}

const sum = (all, name) => all.reduce((before, one) => before + one[name], 0);

// The mean recovery of each memory, averaged over memories.
export function recoveryByMemory(model, { bits }, memories, at) {
  const found = tally(model, bits, memories, at).filter(({ count }) => count);
  return found.reduce((before, { total, count }) => before + total / count, 0) / found.length;
}

// The mean recovery over all kept pairs.
export function recovery(model, { bits }, memories, at) {
  const found = tally(model, bits, memories, at);
  return sum(found, "total") / sum(found, "count");
}

// The share of pairs whose answer the flip moves enough to be kept.
export function kept(model, { bits }, memories) {
  let count = 0;
  for (const memory of memories) {
    for (const address of memory.keys()) count += pairOf(model, memory, address, bits).gap > THRESHOLD;
  }
  return count / (memories.length * memories[0].length);
}

// The number of addresses whose mean recovery is above, or below, a bound.
export function addressesBeyond(model, { bits }, memories, { above = Infinity, below = -Infinity, ...at }) {
  return memories[0].filter((_, address) => {
    const found = recovery(model, { bits }, memories, { ...at, address });
    return found > above || found < below;
  }).length;
}
