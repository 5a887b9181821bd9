// The trie form of the pointer task, as code/deref/tasks/layout.py has it: the memory once, then the trie of all
// address prefixes, level by level. A node sees the memory and its own ancestors, which is what it would see in the
// flat sequence that spells its prefix; so one sequence answers all addresses, at its last nodes.
//
// Example, 4 cells: nodes 0 to 3 are the cells, 4 and 5 the prefixes 0 and 1, 6 to 9 the addresses 00, 01, 10, 11.

export function trie(cells) {
  const bits = 32 - Math.clz32(cells - 1), prefixes = [];
  for (let depth = 1; depth <= bits; depth += 1) {
    for (let prefix = 0; prefix <= (cells - 1) >> (bits - depth); prefix += 1) prefixes.push({ depth, prefix });
  }
  const nodes = cells + prefixes.length;
  const positions = new Int32Array(nodes), spelled = new Uint8Array(nodes); // the last bit of a node's prefix
  const starts = new Int32Array(nodes + 1), seen = []; // node n sees seen[starts[n]] up to seen[starts[n + 1] - 1]
  for (let n = 0; n < nodes; n += 1) {
    starts[n] = seen.length;
    for (let j = 0; j < Math.min(n + 1, cells); j += 1) seen.push(j);
    positions[n] = n;
    if (n < cells) continue;
    const { depth, prefix } = prefixes[n - cells];
    positions[n] = cells - 1 + depth;
    spelled[n] = prefix & 1;
    prefixes.slice(0, n - cells + 1).forEach((other, i) => {
      if (other.depth <= depth && prefix >> (depth - other.depth) === other.prefix) seen.push(cells + i);
    });
  }
  starts[nodes] = seen.length;
  return { cells, bits, nodes, length: cells + bits, positions, spelled, starts, seen: Int32Array.from(seen) };
}
