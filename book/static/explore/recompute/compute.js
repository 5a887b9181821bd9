// Follows a recipe: loads weights and memories, measures seed by seed, and makes one number of them.

import { Transformer } from "../transformer.js";
import { accuracy } from "./answers.js";
import { fetched, memoriesFrom, widened } from "./files.js";
import { MEASURES, SOLVED, SUMMARIES } from "./measures.js";

// `root` is where the recipe's files lie; `told(done, all)` hears how many seeds are done, and parts of seeds. Returns the value, and the seeds that
// it rests on, a list for each run.
export async function compute(recipe, root, told = () => {}) {
  const bytes = new Map();
  for (const { file } of [...recipe.models, recipe.memories, ...(recipe.solving ? [recipe.solving] : [])]) {
    if (!bytes.has(file)) bytes.set(file, await fetched(root, file));
  }
  const measure = MEASURES[recipe.measure], values = [], seeds = [];
  const all = recipe.models.reduce((sum, one) => sum + one.seeds.length, 0);
  let done = 0;
  for (const one of recipe.models) {
    const weights = one.rounded ? widened(bytes.get(one.file)) : bytes.get(one.file);
    const size = weights.byteLength / one.seeds.length, memories = ({ file }) =>
      memoriesFrom(bytes.get(file), one.cells);
    seeds.push([]);
    one.seeds.forEach((seed, i) => {
      const model = new Transformer(one, weights.slice(i * size, (i + 1) * size));
      if (!recipe.solving || accuracy(model, one, memories(recipe.solving)) > SOLVED) {
        values.push(measure(model, one, memories(recipe.memories), recipe.at, (share) => told(done + share, all)));
        seeds.at(-1).push(seed);
      }
      told(done += 1, all);
    });
  }
  return { value: SUMMARIES[recipe.over](values), seeds };
}
