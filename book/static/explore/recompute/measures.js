// What is measured of each seed, and how the numbers of seeds become one. Recipes name both; the names are those of
// code/deref/explorables/recipe_values.py, which does the same in PyTorch.

import { accuracy } from "./answers.js";
import { addressed, bitChanged, bitStrayed, other, passed } from "./flips.js";
import { addressWeight, covered, coveredShare, weight } from "./looks.js";
import { addressesBeyond, kept, recovery, recoveryByMemory } from "./recovery.js";

export const SOLVED = 0.99;

// Each is given a model, its task, memories, a place where it asks for one, and `heard(share)`, which those that may take
// long tell how far they are.
export const MEASURES = {
  accuracy, addressed, other, passed, "bit-changed": bitChanged, "bit-strayed": bitStrayed,
  covered, "covered-share": coveredShare, weight, "address-weight": addressWeight,
  recovery, "recovery-by-memory": recoveryByMemory, kept, "addresses-beyond": addressesBeyond,
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const SUMMARIES = {
  only: ([value]) => value,
  mean,
  median(values) {
    const sorted = [...values].sort((one, two) => one - two), middle = (sorted.length - 1) / 2;
    return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  },
  largest: (values) => Math.max(...values),
  smallest: (values) => Math.min(...values),
  "number-solving": (values) => values.filter((value) => value > SOLVED).length,
  "share-solving": (values) => mean(values.map((value) => Number(value > SOLVED))),
};
