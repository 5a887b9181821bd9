// A batch of memories on its way through the model, all addresses at once: the forward pass, and the loss.
//
// Rows of activations are node by node, the sequences side by side, so that the readouts are the last rows. The inputs
// of layer 1 are few, one for each pair of position and bit: its projections are computed once for each pair, in a
// table, and looked up.

import { attend } from "./attention.js";
import { layerNorm, linear } from "./kernels.js";

export class Batch {
  constructor(parameters, sequences) {
    Object.assign(this, { parameters, sequences, recipe: parameters.recipe, layout: parameters.layout });
    const { nodes, cells, length } = this.layout, { width, layers } = this.recipe;
    this.rows = nodes * sequences;
    this.readouts = cells * sequences; // the last rows
    this.pairs = 2 * length; // of position and bit; pair 2 t + bit
    this.memories = new Uint8Array(this.readouts); // (sequence, cell)
    this.pairOf = new Int32Array(this.rows);
    this.table = new Float64Array(this.pairs * width);
    this.layers = Array.from({ length: layers }, (_, layer) => this.room(layer));
    const top = this.readouts * width;
    this.final = { out: new Float64Array(top), normed: new Float64Array(top),
      inverse: new Float64Array(this.readouts) };
    this.logits = new Float64Array(2 * this.readouts);
    this.dLogits = new Float64Array(2 * this.readouts);
    this.load(this.memories);
  }

  // Room for one layer: what it is given, projects, looks at and leaves. In the last layer only readouts ask.
  room(layer) {
    const { nodes, cells, starts, seen } = this.layout, { layers, width, heads } = this.recipe, { sequences } = this;
    const first = layer === layers - 1 ? nodes - cells : 0, asking = (nodes - first) * sequences;
    const rows = layer === 0 ? this.pairs : this.rows, queries = layer === 0 ? rows : asking;
    const every = Int32Array.from({ length: this.rows }, (_, row) => row);
    const patterns = new Int32Array(nodes - first);
    let total = 0, most = 0;
    for (let n = first; n < nodes; n += 1) {
      patterns[n - first] = total;
      total += (starts[n + 1] - starts[n]) * sequences * heads;
      most = Math.max(most, starts[n + 1] - starts[n]);
    }
    const f = (count) => new Float64Array(count);
    const place = { first, sequences, heads, size: width / heads, nodes, starts, seen, patterns,
      keyRow: layer === 0 ? this.pairOf : every,
      queryRow: layer === 0 ? this.pairOf.subarray(first * sequences) : every,
      offsets: new Int32Array(most), dWeights: f(most) };
    return { layer, name: `layers.${layer}`, first, asking, rows, queries, skip: rows - queries, place,
      normedOut: f(rows * width), normed: f(rows * width), inverse: f(rows),
      q: f(queries * width), k: f(rows * width), v: f(rows * width), z: f(asking * width), pattern: f(total),
      out: f(asking * width) };
  }

  // Takes memories, (sequence, cell).
  load(memories) {
    const { layout: { nodes, cells, positions, spelled }, sequences, pairOf } = this;
    this.memories.set(memories);
    for (let n = 0; n < nodes; n += 1) {
      for (let b = 0; b < sequences; b += 1) {
        const bit = n < cells ? memories[b * cells + n] : spelled[n];
        pairOf[n * sequences + b] = 2 * positions[n] + bit;
      }
    }
  }

  // The stream behind a layer, at the nodes that it has; before the first, the table, to be looked up.
  stream(layer) {
    return layer === 0 ? this.table : this.layers[layer - 1].out;
  }

  // Runs the model, or the rest of it where the streams up to a layer are in place. Fills `logits`, (readout, sequence,
  // bit).
  forward(from = 0) {
    const { parameters: p, readouts } = this;
    if (from === 0) this.embed();
    for (const one of this.layers.slice(from)) this.runLayer(one);
    let top = this.stream(this.layers.length);
    if (p.value("final_norm.weight")) {
      const { out, normed, inverse } = this.final;
      layerNorm(top, p.value("final_norm.weight"), p.value("final_norm.bias"), out, normed, inverse, readouts);
      top = out;
    }
    linear(top, 0, p.value("unembedding.weight"), p.value("unembedding.bias"), this.logits, readouts);
  }

  embed() {
    const { table, pairs, recipe: { width } } = this;
    const token = this.parameters.value("token"), position = this.parameters.value("position");
    for (let pair = 0; pair < pairs; pair += 1) {
      for (let d = 0; d < width; d += 1) {
        table[pair * width + d] = token[(pair % 2) * width + d] + position[(pair >> 1) * width + d];
      }
    }
  }

  runLayer(one) {
    const { parameters: p, recipe: { width }, pairOf, sequences } = this, { name, first, asking, rows, queries } = one;
    const resid = this.stream(one.layer), value = (part) => p.value(`${name}.${part}`);
    layerNorm(resid, value("attn_norm.weight"), value("attn_norm.bias"), one.normedOut, one.normed, one.inverse, rows);
    linear(one.normedOut, one.skip, value("q.weight"), value("q.bias"), one.q, queries);
    linear(one.normedOut, 0, value("k.weight"), value("k.bias"), one.k, rows);
    linear(one.normedOut, 0, value("v.weight"), value("v.bias"), one.v, rows);
    attend(one.q, one.k, one.v, one.z, one.pattern, one.place);
    linear(one.z, 0, value("o.weight"), value("o.bias"), one.out, asking);
    for (let row = 0; row < asking; row += 1) { // the stream goes on
      const at = (one.layer === 0 ? pairOf[first * sequences + row] : first * sequences + row) * width;
      for (let d = 0; d < width; d += 1) one.out[row * width + d] += resid[at + d];
    }
  }

  // Mean cross-entropy over the readouts, in nats; fills `dLogits`, its gradient, and `right`, the share of right
  // answers.
  loss() {
    const { layout: { cells }, sequences, readouts, memories, logits, dLogits } = this;
    let loss = 0, right = 0;
    for (let a = 0; a < cells; a += 1) {
      for (let b = 0; b < sequences; b += 1) {
        const at = 2 * (a * sequences + b), bit = memories[b * cells + a];
        const margin = logits[at + bit] - logits[at + 1 - bit];
        loss += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
        if (margin > 0 || (margin === 0 && bit === 0)) right += 1; // of equal logits, the first is the answer
        const wrong = 1 / (1 + Math.exp(margin)) / readouts;
        dLogits[at + bit] = -wrong;
        dLogits[at + 1 - bit] = wrong;
      }
    }
    this.right = right / readouts;
    return loss / readouts;
  }
}
