// Attention over the nodes of a trie, and its way back.
//
// A place says where things lie: `first`, the first node that asks; `sequences` side by side for every node; `heads` of
// size `size`; `queryRow` and `keyRow`, the row of each (node, sequence) in the queries and in the keys and values, as
// equal inputs may share one; `patterns`, where the weights of a node begin. Everything else is the layout's.

// The mixtures z of values, and the patterns, whose weights sum to 1 over what a node sees.
export function attend(q, k, v, z, pattern, place) {
  const { first, sequences, heads, size, queryRow, keyRow, patterns, offsets } = place, { nodes, starts, seen } = place;
  const inner = heads * size, scale = 1 / Math.sqrt(size);
  for (let n = first; n < nodes; n += 1) {
    const start = starts[n], count = starts[n + 1] - start;
    for (let b = 0; b < sequences; b += 1) {
      const row = (n - first) * sequences + b, query = queryRow[row] * inner;
      for (let e = 0; e < count; e += 1) offsets[e] = keyRow[seen[start + e] * sequences + b] * inner;
      for (let h = 0; h < heads; h += 1) {
        const at = patterns[n - first] + (b * heads + h) * count, from = h * size;
        let top = -Infinity, total = 0;
        for (let e = 0; e < count; e += 1) {
          const key = offsets[e] + from;
          let score = 0;
          for (let d = 0; d < size; d += 1) score += q[query + from + d] * k[key + d];
          score *= scale;
          pattern[at + e] = score;
          if (score > top) top = score;
        }
        for (let e = 0; e < count; e += 1) total += pattern[at + e] = Math.exp(pattern[at + e] - top);
        const into = row * inner + from;
        for (let d = 0; d < size; d += 1) z[into + d] = 0;
        for (let e = 0; e < count; e += 1) {
          const weight = pattern[at + e] /= total, value = offsets[e] + from;
          for (let d = 0; d < size; d += 1) z[into + d] += weight * v[value + d];
        }
      }
    }
  }
}

export function attendBack(q, k, v, dz, pattern, dq, dk, dv, place) {
  const { first, sequences, heads, size, queryRow, keyRow, patterns, offsets } = place, { nodes, starts, seen } = place;
  const { dWeights } = place, inner = heads * size, scale = 1 / Math.sqrt(size);
  for (let n = first; n < nodes; n += 1) {
    const start = starts[n], count = starts[n + 1] - start;
    for (let b = 0; b < sequences; b += 1) {
      const row = (n - first) * sequences + b, query = queryRow[row] * inner;
      for (let e = 0; e < count; e += 1) offsets[e] = keyRow[seen[start + e] * sequences + b] * inner;
      for (let h = 0; h < heads; h += 1) {
        const at = patterns[n - first] + (b * heads + h) * count, from = h * size, out = row * inner + from;
        let mean = 0; // of the weights' gradients, which the softmax takes off
        for (let e = 0; e < count; e += 1) {
          const weight = pattern[at + e], value = offsets[e] + from;
          let sum = 0;
          for (let d = 0; d < size; d += 1) {
            sum += dz[out + d] * v[value + d];
            dv[value + d] += weight * dz[out + d];
          }
          dWeights[e] = sum;
          mean += weight * sum;
        }
        for (let e = 0; e < count; e += 1) {
          const dScore = pattern[at + e] * (dWeights[e] - mean) * scale, key = offsets[e] + from;
          for (let d = 0; d < size; d += 1) {
            dq[query + from + d] += dScore * k[key + d];
            dk[key + d] += dScore * q[query + from + d];
          }
        }
      }
    }
  }
}
