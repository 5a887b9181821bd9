// Where the readout looks, averaged over memories. See code/deref/probes/pointer/coverage.py.

import { Read } from "./answers.js";

const COVERED = 0.5;

// The mean pattern of the readout, [layer][head][address] (position).
function meanPattern(model, { bits }, memories) {
  const { layers, heads } = model.config, cells = memories[0].length;
  const mean = Array.from({ length: layers }, () => Array.from({ length: heads }, () =>
    Array.from({ length: cells }, () => new Float64Array(cells + bits))));
  for (const memory of memories) {
    Read.of(model, memory).askAll(bits, (address, { patterns }) => patterns.forEach((heads, layer) =>
      heads.forEach((row, head) => {
        const sum = mean[layer][head][address];
        for (let i = 0; i < sum.length; i += 1) sum[i] += row[i] / memories.length;
      })));
  }
  return mean;
}

// The mean weight on each addressed cell, of the last layer's head that puts most there.
function best(model, task, memories) {
  const last = meanPattern(model, task, memories).at(-1);
  return last[0].map((_, address) => Math.max(...last.map((head) => head[address][address])));
}

// The number of addresses whose cell gets more than half the weight of some head.
export const covered = (model, task, memories) =>
  best(model, task, memories).filter((weight) => weight > COVERED).length;

// The share of such addresses.
export const coveredShare = (model, task, memories) => covered(model, task, memories) / memories[0].length;

// The mean over addresses of the weight on the addressed cell, best head.
export const weight = (model, task, memories) => mean(best(model, task, memories));

// The weight of the readout on the address in layer 1, mean over addresses, of the head with most of it.
export function addressWeight(model, task, memories) {
  const cells = memories[0].length;
  return Math.max(...meanPattern(model, task, memories)[0].map((head) =>
    mean(head.map((row) => row.subarray(cells).reduce((sum, one) => sum + one, 0)))));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
