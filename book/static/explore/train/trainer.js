// One seed in training: steps, what is measured now and then, and checkpoints to go back to.

import { AdamW } from "./adamw.js";
import { Backward } from "./backward.js";
import { Batch } from "./batch.js";
import { Parameters } from "./parameters.js";
import { Probes } from "./probes.js";
import { Random } from "./random.js";

export class Trainer {
  constructor(recipe, seed) {
    Object.assign(this, { recipe, seed, step: 0, checkpoints: new Map() });
    this.random = new Random(seed);
    this.parameters = new Parameters(recipe);
    this.parameters.start(this.random);
    this.optimiser = new AdamW(this.parameters);
    this.batch = new Batch(this.parameters, recipe.batch);
    this.backward = new Backward(this.batch);
    this.probes = new Probes(this.parameters);
    this.drawn = new Uint8Array(this.batch.memories.length);
    this.keep();
  }

  get done() {
    return this.step === this.recipe.steps;
  }

  // Takes one step on fresh memories; gives the loss before it, in nats a readout.
  advance() {
    return this.advanceOn(this.random.fill(this.drawn));
  }

  // Takes one step on these memories, (sequence, cell).
  advanceOn(memories) {
    const loss = this.lossOf(memories);
    this.step += 1;
    this.optimiser.update(this.step);
    return loss;
  }

  // The loss on memories; fills the gradients.
  lossOf(memories) {
    this.batch.load(memories);
    this.batch.forward();
    const loss = this.batch.loss();
    this.backward.run();
    return loss;
  }

  // What the page shows of this step; recovery, which costs most, where it is wanted.
  measure(whole = true) {
    return { step: this.step, ...this.probes.look(), ...(whole && { recovery: this.probes.recovery() }) };
  }

  // Keeps this step, to come back to.
  keep() {
    const { parameters: { values }, optimiser: { mean, square }, random: { state } } = this;
    this.checkpoints.set(this.step, [values, mean, square, state].map((one) => one.slice()));
  }

  // Goes back to the last step that was kept at or before this one; what is kept later is forgotten.
  rewind(step) {
    const to = Math.max(...[...this.checkpoints.keys()].filter((one) => one <= step));
    const { parameters: { values }, optimiser: { mean, square }, random: { state } } = this;
    [values, mean, square, state].forEach((one, i) => one.set(this.checkpoints.get(to)[i]));
    for (const one of [...this.checkpoints.keys()].filter((kept) => kept > to)) this.checkpoints.delete(one);
    this.step = to;
    return to;
  }
}
