// The weights of one sentence, as code/deref/explorables/patterns.py packs them, behind what the cuts take.

export class Patterns {
  // `size` tokens; the bytes hold a 32-bit float for each edge from the last token to an earlier one (not a number where
  // it was not cut), then 16 bits for each weight, rows only as long as what a token sees. Both are little-endian.
  constructor({ layers, heads, levels }, size, bytes) {
    const cuts = layers * heads * (size - 1);
    Object.assign(this, { layers, heads, levels, size, cells: size * (size + 1) / 2 });
    this.cuts = new Float32Array(bytes, 0, cuts);
    this.steps = new Uint16Array(bytes, 4 * cuts);
  }

  weight(layer, head, from, on) {
    return this.steps[(layer * this.heads + head) * this.cells + from * (from + 1) / 2 + on] / this.levels;
  }

  row(layer, head, from) {
    return Array.from({ length: from + 1 }, (_, on) => this.weight(layer, head, from, on));
  }

  // What is lost of the margin when the last token cannot look at another in one head.
  lost(layer, head, on) {
    return this.cuts[(layer * this.heads + head) * (this.size - 1) + on];
  }
}
