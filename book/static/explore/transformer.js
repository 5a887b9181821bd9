// The forward pass of the book's models, as code/deref/model has it: embed, then in each layer attention and an MLP
// (where there is one), each behind a LayerNorm and added to the residual stream, then unembed.
//
// Shapes: N nodes, D width, H heads, K head size, V outputs. A matrix is a flat array, row after row. Weights are
// 32-bit, sums are 64-bit: what differs from PyTorch is PyTorch's rounding.

export class Transformer {
  // `told` describes the model (see code/deref/explorables/weights.py); `bytes` are its parameters.
  constructor(told, bytes) {
    const all = new Float32Array(bytes); // little-endian, like every machine with a browser
    this.name = told.name;
    this.config = told.config;
    this.K = told.config.head_size ?? told.config.width / told.config.heads;
    this.tensors = new Map(Object.entries(told.tensors).map(([name, { shape, start }]) =>
      [name, all.subarray(start, start + shape.reduce((product, size) => product * size, 1))]));
  }

  // Runs tokens through the model. `patch(row, resid)` may return another residual stream (N, D) for row 0, the
  // embedding, or row i, behind layer i. `cuts` says what is cut (see cuts.js). Returns logits (V), streams [row] (N, D)
  // as they went on, patched, and patterns [layer][head] (N, N).
  run(tokens, patch = () => undefined, cuts = null) {
    const { layers, width } = this.config;
    let resid = this.embed(tokens);
    resid = patch(0, resid) ?? resid;
    const streams = [resid], patterns = [], mixed = [];
    for (let layer = 0; layer < layers; layer += 1) {
      const seen = this.attend(layer, resid, mixed, cuts);
      patterns.push(seen.patterns);
      mixed.push(seen.mixed);
      resid = add(resid, seen.out);
      if (this.config.mlp) resid = add(resid, this.think(layer, resid));
      resid = patch(layer + 1, resid) ?? resid;
      streams.push(resid);
    }
    return { logits: this.unembed(resid.subarray(resid.length - width)), streams, patterns };
  }

  embed(tokens) {
    const { width } = this.config, token = this.tensors.get("token"), position = this.tensors.get("position");
    const resid = new Float64Array(tokens.length * width);
    tokens.forEach((bit, n) => {
      for (let d = 0; d < width; d += 1) resid[n * width + d] = token[bit * width + d] + position[n * width + d];
    });
    return resid;
  }

  // What attention adds to the stream, what its heads fetched (N, H K), and where every node looked. `before` is what
  // heads of the layers below fetched.
  attend(layer, resid, before, cuts) {
    const { heads } = this.config, { K } = this, N = resid.length / this.config.width, inner = heads * K;
    const [q, k, v] = ["q", "k", "v"].map((name) => this.input(layer, name, resid, before, cuts));
    const mixed = new Float64Array(N * inner), patterns = [];
    for (let head = 0; head < heads; head += 1) {
      const pattern = new Float64Array(N * N);
      for (let i = 0; i < N; i += 1) {
        const scores = [];
        for (let j = 0; j <= i; j += 1) { // the mask: no node sees a later one
          let score = 0;
          for (let d = head * K; d < (head + 1) * K; d += 1) score += q[i * inner + d] * k[j * inner + d];
          scores.push(score / Math.sqrt(K));
        }
        softmax(scores).forEach((weight, j) => {
          pattern[i * N + j] = weight;
          for (let d = head * K; d < (head + 1) * K; d += 1) mixed[i * inner + d] += weight * v[j * inner + d];
        });
      }
      patterns.push(pattern);
    }
    for (const { head } of cuts?.heads.filter((one) => one.layer === layer) ?? []) {
      for (let i = 0; i < N; i += 1) mixed.set(this.standIn(layer, head, i, cuts), i * inner + head * K);
    }
    return { out: this.linear(`layers.${layer}.o`, mixed), mixed, patterns };
  }

  // Queries, keys or values of a layer. An edge that ends here is cut at one node: for this input, and for no other
  // reader, something else stands in the stream for what the head below wrote.
  input(layer, name, resid, before, cuts) {
    const { width } = this.config, { K } = this, inner = this.config.heads * K;
    const edges = cuts?.edges.filter((one) => one.to === layer && one.input === name) ?? [];
    const seen = edges.length ? resid.slice() : resid;
    for (const { layer: below, head, node } of edges) {
      const W = this.tensors.get(`layers.${below}.o.weight`), instead = this.standIn(below, head, node, cuts);
      for (let d = 0; d < K; d += 1) {
        const change = instead[d] - before[below][node * inner + head * K + d];
        for (let o = 0; o < width; o += 1) seen[node * width + o] += change * W[(head * K + d) * width + o];
      }
    }
    return this.linear(`layers.${layer}.${name}`, this.norm(`layers.${layer}.attn_norm`, seen));
  }

  // What a head that is cut fetches (K): nothing, or what it fetches at this node on average.
  standIn(layer, head, node, cuts) {
    const { K } = this, start = (node * this.config.heads + head) * K;
    return cuts.instead === "mean" ? this.tensors.get(`mean.${layer}`).subarray(start, start + K)
      : new Float64Array(K);
  }

  // What the MLP adds to the stream.
  think(layer, resid) {
    const hidden = this.linear(`layers.${layer}.mlp_in`, this.norm(`layers.${layer}.mlp_norm`, resid));
    return this.linear(`layers.${layer}.mlp_out`, hidden.map(gelu));
  }

  unembed(last) {
    return this.linear("unembedding", this.norm("final_norm", last));
  }

  // y = x W + b for every row of x.
  linear(name, x) {
    const W = this.tensors.get(`${name}.weight`), b = this.tensors.get(`${name}.bias`);
    const wide = b.length, deep = W.length / wide, rows = x.length / deep;
    const y = new Float64Array(rows * wide);
    for (let row = 0; row < rows; row += 1) {
      y.set(b, row * wide);
      for (let i = 0; i < deep; i += 1) {
        const given = x[row * deep + i];
        for (let o = 0; o < wide; o += 1) y[row * wide + o] += given * W[i * wide + o];
      }
    }
    return y;
  }

  // LayerNorm: every row to mean 0 and variance 1, then scaled and shifted; a model may do without.
  norm(name, x) {
    const scale = this.tensors.get(`${name}.weight`), shift = this.tensors.get(`${name}.bias`);
    if (!scale) return x;
    const width = scale.length, y = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += width) {
      const row = x.subarray(start, start + width);
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      const factor = 1 / Math.sqrt(variance + 1e-5);
      for (let d = 0; d < width; d += 1) y[start + d] = (row[d] - mean) * factor * scale[d] + shift[d];
    }
    return y;
  }
}

export function softmax(scores) {
  const top = Math.max(...scores); // or the exponentials of large scores would overflow
  const raised = scores.map((score) => Math.exp(score - top));
  const total = raised.reduce((sum, value) => sum + value, 0);
  return raised.map((value) => value / total);
}

const add = (x, y) => x.map((value, i) => value + y[i]);

const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

// Abramowitz and Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26: off by less than 2e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
