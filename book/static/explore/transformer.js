// The forward pass of the book's models, as code/deref/model has it: embed, then in each layer attention and an MLP
// (where there is one), each behind a LayerNorm and added to the residual stream, then unembed.
//
// Shapes: N nodes, D width, H heads, K head size, V outputs. A matrix is a flat array, row after row. Weights are
// 32-bit, sums are 64-bit: what differs from PyTorch is PyTorch's rounding.

import { tensorOf } from "./tensors.js";

export class Transformer {
  // `told` describes the model (see code/deref/explorables/weights.py); `bytes` are its parameters.
  constructor(told, bytes) {
    this.name = told.name;
    this.config = told.config;
    this.K = told.config.head_size ?? told.config.width / told.config.heads;
    this.tensors = new Map(Object.entries(told.tensors).map(([name, place]) => [name, tensorOf(bytes, place)]));
  }

  // Runs tokens through the model. `patch(row, resid)` may return another residual stream (N, D) for row 0, the
  // embedding, or row i, behind layer i. `cuts` says what is cut (see cuts.js). Returns logits (V), streams [row] (N, D)
  // as they went on, patched, and patterns [layer][head] (N, N).
  run(tokens, patch = () => undefined, cuts = null) {
    const { layers, width } = this.config;
    let resid = this.embed(tokens);
    resid = patch(0, resid) ?? resid;
    const streams = [resid], patterns = [], fetched = [];
    for (let layer = 0; layer < layers; layer += 1) {
      const seen = this.attend(layer, resid, { fetched, cuts });
      patterns.push(seen.patterns);
      fetched.push(seen.mixed);
      resid = add(resid, seen.out);
      if (this.config.mlp) resid = add(resid, this.think(layer, resid));
      resid = patch(layer + 1, resid) ?? resid;
      streams.push(resid);
    }
    return { logits: this.unembed(resid.subarray(resid.length - width)), streams, patterns };
  }

  // Runs tokens that stand behind others, whose keys and values `past` holds, (k, v) of every layer; [] for none. No
  // node sees a later one, so the nodes of `past` need not be run again. Behind the last layer only the last `rows`
  // nodes go on: one for an answer, none where only keys and values are asked for.
  // Tokens may stand in a tree, for several ways to go on: `parents` has the token that each stands behind, -1 for
  // those right behind the past, and a node sees its own way alone.
  // Returns `past` with the new nodes, and of those rows logits (row, V) and patterns [layer][head] (row, N).
  extend(past, tokens, { rows = 1, parents } = {}) {
    const { layers, width } = this.config, inner = this.config.heads * this.K, known = [], patterns = [];
    const lines = linesOf(tokens.length, past.length ? past[0].k.length / inner : 0, parents);
    let resid = this.embed(tokens, lines);
    for (let layer = 0; layer < layers; layer += 1) {
      const left = layer === layers - 1 ? rows : tokens.length;
      const seen = this.attend(layer, resid, { past: past[layer], lines, rows: left });
      known.push({ k: seen.k, v: seen.v });
      patterns.push(seen.patterns.map((rowsOf) => rowsOf.subarray((left - rows) / left * rowsOf.length)));
      if (!left) break;
      resid = add(resid.subarray(resid.length - left * width), seen.out);
      if (this.config.mlp) resid = add(resid, this.think(layer, resid));
    }
    return { past: known, patterns, logits: rows ? this.unembed(resid) : null };
  }

  // The logits (V) at the last node, from the residual stream (N, D) in row `row` of a run's streams.
  resume(row, resid) {
    const { layers, width } = this.config;
    for (let layer = row; layer < layers; layer += 1) {
      const left = layer === layers - 1 ? 1 : resid.length / width;
      resid = add(resid.subarray(resid.length - left * width), this.attend(layer, resid, { rows: left }).out);
      if (this.config.mlp) resid = add(resid, this.think(layer, resid));
    }
    return this.unembed(resid.subarray(resid.length - width));
  }

  // Embeds tokens, which stand at the ends of their lines.
  embed(tokens, lines = linesOf(tokens.length)) {
    const { width } = this.config, token = this.tensors.get("token"), position = this.tensors.get("position");
    const resid = new Float64Array(tokens.length * width);
    tokens.forEach((bit, n) => {
      const from = (lines[n].length - 1) * width;
      for (let d = 0; d < width; d += 1) resid[n * width + d] = token[bit * width + d] + position[from + d];
    });
    return resid;
  }

  // What attention adds to the stream of the last `rows` nodes, what its heads fetched (row, H K), and where each row
  // looked. `past` has the keys and values of nodes that stand before; those returned are of all nodes. `lines` has, for
  // each node of the stream, the nodes that it sees. `fetched` has what heads of the layers below fetched, which a cut
  // edge takes back.
  attend(layer, resid, { past, lines = linesOf(resid.length / this.config.width), rows = lines.length, fetched,
    cuts } = {}) {
    const { heads, width } = this.config, { K } = this, inner = heads * K;
    const normed = this.norm(`layers.${layer}.attn_norm`, resid);
    const read = (name) => this.reads(layer, name, resid, fetched, cuts) ?? normed;
    const q = this.linear(`layers.${layer}.q`, read("q").subarray(normed.length - rows * width));
    const [k, v] = ["k", "v"].map((name) => join(past?.[name], this.linear(`layers.${layer}.${name}`, read(name))));
    const seeing = lines.slice(lines.length - rows), N = Math.max(0, ...seeing.map((line) => line.length));
    const mixed = new Float64Array(rows * inner), patterns = [], scale = 1 / Math.sqrt(K);
    for (let head = 0; head < heads; head += 1) {
      const pattern = new Float64Array(rows * N), first = head * K;
      for (let i = 0; i < rows; i += 1) {
        const line = seeing[i], scores = new Float64Array(line.length), asks = i * inner + first;
        for (let j = 0; j < line.length; j += 1) {
          const at = line[j] * inner + first;
          let score = 0;
          for (let d = 0; d < K; d += 1) score += q[asks + d] * k[at + d];
          scores[j] = score * scale;
        }
        const weights = softmax(scores);
        pattern.set(weights, i * N);
        for (let j = 0; j < weights.length; j += 1) {
          const weight = weights[j], at = line[j] * inner + first;
          for (let d = 0; d < K; d += 1) mixed[asks + d] += weight * v[at + d];
        }
      }
      patterns.push(pattern);
    }
    for (const { head } of cuts?.heads.filter((one) => one.layer === layer) ?? []) {
      for (let i = 0; i < rows; i += 1) mixed.set(this.standIn(layer, head, i, cuts), i * inner + head * K);
    }
    return { out: this.linear(`layers.${layer}.o`, mixed), mixed, patterns, k, v };
  }

  // What queries, keys or values of a layer read where edges that end there are cut; else nothing. An edge is cut at one
  // node: for this input, and for no other reader, something else stands in the stream for what the head below wrote.
  reads(layer, name, resid, fetched, cuts) {
    const edges = cuts?.edges.filter((one) => one.to === layer && one.input === name) ?? [];
    if (!edges.length) return null;
    const { width } = this.config, { K } = this, inner = this.config.heads * K, seen = resid.slice();
    for (const { layer: below, head, node } of edges) {
      const W = this.tensors.get(`layers.${below}.o.weight`), instead = this.standIn(below, head, node, cuts);
      for (let d = 0; d < K; d += 1) {
        const change = instead[d] - fetched[below][node * inner + head * K + d];
        for (let o = 0; o < width; o += 1) seen[node * width + o] += change * W[(head * K + d) * width + o];
      }
    }
    return this.norm(`layers.${layer}.attn_norm`, seen);
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
    const wide = b.length, deep = W.length / wide, rows = x.length / deep, y = new Float64Array(rows * wide);
    for (let row = 0; row < rows; row += 1) y.set(b, row * wide);
    for (let row = 0; row < rows; row += 2) {
      const two = row + 1 < rows;
      multiply(W, wide, x.subarray(row * deep, (row + 1) * deep), y.subarray(row * wide, (row + 1) * wide),
        two ? x.subarray((row + 1) * deep) : null, two ? y.subarray((row + 1) * wide) : null);
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
      let mean = 0, variance = 0;
      for (let d = 0; d < width; d += 1) mean += row[d] / width;
      for (let d = 0; d < width; d += 1) variance += (row[d] - mean) ** 2 / width;
      const factor = 1 / Math.sqrt(variance + 1e-5);
      for (let d = 0; d < width; d += 1) y[start + d] = (row[d] - mean) * factor * scale[d] + shift[d];
    }
    return y;
  }
}

export function softmax(scores) {
  let top = -Infinity, total = 0; // without the largest the exponentials of large scores would overflow
  for (let i = 0; i < scores.length; i += 1) top = Math.max(top, scores[i]);
  const weights = new Float64Array(scores.length);
  for (let i = 0; i < scores.length; i += 1) total += weights[i] = Math.exp(scores[i] - top);
  for (let i = 0; i < scores.length; i += 1) weights[i] /= total;
  return weights;
}

// Adds x W to y and, where there is a second row, x2 W to y2. Four inputs and two rows at a time: a sum is read once for
// four products and a weight once for two.
function multiply(W, wide, x, y, x2, y2) {
  const whole = x.length - x.length % 4;
  let w = 0, i = 0;
  for (; i < whole; i += 4, w += 3 * wide) {
    const [a, b, c, d] = [x[i], x[i + 1], x[i + 2], x[i + 3]];
    if (!x2) {
      for (let o = 0; o < wide; o += 1, w += 1) {
        y[o] += a * W[w] + b * W[w + wide] + c * W[w + 2 * wide] + d * W[w + 3 * wide];
      }
      continue;
    }
    const [e, f, g, h] = [x2[i], x2[i + 1], x2[i + 2], x2[i + 3]];
    for (let o = 0; o < wide; o += 1, w += 1) {
      const one = W[w], two = W[w + wide], three = W[w + 2 * wide], four = W[w + 3 * wide];
      y[o] += a * one + b * two + c * three + d * four;
      y2[o] += e * one + f * two + g * three + h * four;
    }
  }
  for (; i < x.length; i += 1) {
    for (let o = 0; o < wide; o += 1, w += 1) {
      y[o] += x[i] * W[w];
      if (x2) y2[o] += x2[i] * W[w];
    }
  }
}

// The nodes that each of some nodes sees behind `before` others, in their order: those before it and itself or, where
// `parents` has what each stands behind, those on its way.
function linesOf(nodes, before = 0, parents = null) {
  const lines = [];
  for (let n = 0; n < nodes; n += 1) {
    const parent = parents ? parents[n] : n - 1, above = parent < 0 ? null : lines[parent];
    const line = new Int32Array((above ? above.length : before) + 1);
    if (above) line.set(above);
    else for (let j = 0; j < before; j += 1) line[j] = j;
    line[line.length - 1] = before + n;
    lines.push(line);
  }
  return lines;
}

function add(x, y) {
  const sum = new Float64Array(x.length);
  for (let i = 0; i < sum.length; i += 1) sum[i] = x[i] + y[i];
  return sum;
}

function join(before, after) {
  if (!before) return after;
  const all = new Float64Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}

const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

// Abramowitz and Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26: off by less than 2e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
