// The way back through a batch: the gradient of its loss by every parameter.

import { attendBack } from "./attention.js";
import { layerNormBack, linearBack } from "./kernels.js";

export class Backward {
  // Room for the gradients of a batch's activations.
  constructor(batch) {
    this.batch = batch;
    const { rows, pairs, recipe: { width } } = batch, most = Math.max(rows, pairs) * width;
    const f = () => new Float64Array(most);
    Object.assign(this, { stream: f(), before: f(), normed: f(), q: f(), k: f(), v: f(), z: f() });
  }

  // Fills the parameters' gradients; after `batch.forward()` and `batch.loss()`.
  run() {
    const { batch } = this, { parameters: p, readouts, recipe: { width } } = batch;
    p.gradients.fill(0);
    this.stream.fill(0, 0, readouts * width);
    const top = batch.stream(batch.layers.length), scale = p.value("final_norm.weight");
    if (scale) {
      this.normed.fill(0, 0, readouts * width);
      this.linear("unembedding", batch.final.out, 0, batch.dLogits, this.normed, readouts);
      layerNormBack(this.normed, scale, batch.final.normed, batch.final.inverse, this.stream,
        p.gradient("final_norm.weight"), p.gradient("final_norm.bias"), readouts);
    } else this.linear("unembedding", top, 0, batch.dLogits, this.stream, readouts);
    for (const one of [...batch.layers].reverse()) this.runLayer(one);
    this.embedding();
  }

  linear(name, x, first, dy, dx, rows) {
    const { parameters: p } = this.batch;
    linearBack(x, first, p.value(`${name}.weight`), dy, dx, p.gradient(`${name}.weight`), p.gradient(`${name}.bias`),
      rows);
  }

  // Turns the gradient of the stream behind a layer into that before it.
  runLayer(one) {
    const { batch } = this, { parameters: p, pairOf, sequences, recipe: { width } } = batch;
    const { name, first, asking, rows, queries, skip } = one;
    this.z.fill(0, 0, asking * width);
    this.linear(`${name}.o`, one.z, 0, this.stream, this.z, asking);
    this.q.fill(0, 0, queries * width);
    for (const room of [this.k, this.v, this.normed, this.before]) room.fill(0, 0, rows * width);
    attendBack(one.q, one.k, one.v, this.z, one.pattern, this.q, this.k, this.v, one.place);
    this.linear(`${name}.q`, one.normedOut, skip, this.q, this.normed, queries);
    this.linear(`${name}.k`, one.normedOut, 0, this.k, this.normed, rows);
    this.linear(`${name}.v`, one.normedOut, 0, this.v, this.normed, rows);
    for (let row = 0; row < asking; row += 1) { // the stream's own way past the layer
      const at = (one.layer === 0 ? pairOf[first * sequences + row] : first * sequences + row) * width;
      for (let d = 0; d < width; d += 1) this.before[at + d] += this.stream[row * width + d];
    }
    layerNormBack(this.normed, p.value(`${name}.attn_norm.weight`), one.normed, one.inverse, this.before,
      p.gradient(`${name}.attn_norm.weight`), p.gradient(`${name}.attn_norm.bias`), rows);
    [this.stream, this.before] = [this.before, this.stream];
  }

  // From the table of (position, bit) to the embeddings that it is the sum of.
  embedding() {
    const { parameters: p, pairs, recipe: { width } } = this.batch;
    const token = p.gradient("token"), position = p.gradient("position");
    for (let pair = 0; pair < pairs; pair += 1) {
      for (let d = 0; d < width; d += 1) {
        const given = this.stream[pair * width + d];
        token[(pair % 2) * width + d] += given;
        if (position) position[(pair >> 1) * width + d] += given;
      }
    }
  }
}
