// The parameters of a model by PyTorch's names (code/deref/model), in one array, with their gradients in another.
//
// A matrix is (input, output), row after row. Everything is 64-bit: a browser adds no faster in 32 bits, gradients then
// agree with PyTorch's to twelve digits, and a sharp softmax makes no subnormal numbers, which are slow.

import { trie } from "./layout.js";

const START_STD = 0.02; // of token embeddings

// Names and shapes, in the order of the model's state.
export function shapes({ cells, layers, width, positions, final_norm: finalNorm }) {
  const all = [["token", 2, width]];
  const norm = (name) => all.push([`${name}.weight`, width], [`${name}.bias`, width]);
  const linear = (name, inputs, outputs) => all.push([`${name}.weight`, inputs, outputs], [`${name}.bias`, outputs]);
  if (positions === "learned") all.push(["position", trie(cells).length, width]);
  for (let layer = 0; layer < layers; layer += 1) {
    norm(`layers.${layer}.attn_norm`);
    for (const name of "qkvo") linear(`layers.${layer}.${name}`, width, width);
  }
  if (finalNorm) norm("final_norm");
  linear("unembedding", width, 2);
  return all;
}

export class Parameters {
  // `recipe` says the shape of the model and how to train it; see settings.js.
  constructor(recipe) {
    this.recipe = recipe;
    this.layout = trie(recipe.cells);
    this.places = new Map();
    let size = 0;
    for (const [name, ...shape] of shapes(recipe)) {
      const count = shape.reduce((product, side) => product * side, 1);
      this.places.set(name, { start: size, shape, count });
      size += count;
    }
    this.values = new Float64Array(size);
    this.gradients = new Float64Array(size);
    this.views = new Map([...this.places].map(([name, { start, count }]) => [name,
      { value: this.values.subarray(start, start + count), gradient: this.gradients.subarray(start, start + count) }]));
    this.waves = recipe.positions === "learned" ? null : sinusoids(this.layout.length, recipe.width);
  }

  value(name) {
    return name === "position" && this.waves ? this.waves : this.views.get(name)?.value;
  }

  gradient(name) {
    return this.views.get(name)?.gradient;
  }

  // Draws a start as the book's models do: normal embeddings, Xavier's uniform maps, gains of 1, biases of 0.
  start(random) {
    this.values.fill(0);
    for (const [name, { shape }] of this.places) {
      const into = this.value(name);
      if (name === "token" || name === "position") {
        const std = name === "token" ? START_STD : this.recipe.position_std;
        for (let i = 0; i < into.length; i += 1) into[i] = std * random.normal();
      } else if (shape.length === 2) {
        const bound = Math.sqrt(6 / (shape[0] + shape[1]));
        for (let i = 0; i < into.length; i += 1) into[i] = bound * (2 * random.uniform() - 1);
      } else if (name.endsWith("norm.weight")) into.fill(1);
    }
  }

  // The model in the form that explorables read (code/deref/explorables/weights.py): a description, and 32-bit bytes.
  pack(name) {
    const { cells, bits } = this.layout, { layers, heads, width } = this.recipe, tensors = {};
    const names = [...this.places.keys(), ...(this.waves ? ["position"] : [])];
    const all = new Float32Array(names.reduce((sum, one) => sum + this.value(one).length, 0));
    let start = 0;
    for (const one of names) {
      const shape = this.places.get(one)?.shape ?? [this.layout.length, width];
      all.set(this.value(one), start);
      tensors[one] = { shape, start };
      start += this.value(one).length;
    }
    return { told: { name, cells, bits, config: { layers, heads, width, mlp: 0 }, tensors }, bytes: all.buffer };
  }
}

// Fixed positions: sines and cosines of geometrically spaced frequencies, in turn.
function sinusoids(length, width) {
  return Float64Array.from({ length: length * width }, (_, i) => {
    const place = Math.floor(i / width), d = i % width, angle = place * 10_000 ** (-(d - (d % 2)) / width);
    return Math.fround(d % 2 ? Math.cos(angle) : Math.sin(angle)); // as 32-bit models hold them
  });
}
