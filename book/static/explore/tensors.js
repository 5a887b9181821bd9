// Tensors in a file of weights, as code/deref/explorables/weights.py packs them: 32-bit floats, little-endian, like
// every machine with a browser. Of a rounded matrix these are the units of its rows, and `levels` says at which byte its
// whole numbers begin.

export function tensorOf(bytes, { shape, start, levels }) {
  const size = shape.reduce((product, length) => product * length, 1), width = shape.at(-1);
  if (levels === undefined) return new Float32Array(bytes, 4 * start, size);
  const units = new Float32Array(bytes, 4 * start, size / width);
  return Float32Array.from(new Int8Array(bytes, levels, size), (level, i) => level * units[Math.floor(i / width)]);
}
