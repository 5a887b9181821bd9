// The pointer task: M bits of memory, then an address in A bits, most significant first; the answer is the addressed
// bit.

export const bitsOf = (address, count) => Array.from({ length: count }, (_, i) => (address >> (count - 1 - i)) & 1);

export const addressOf = (bits) => bits.reduce((sum, bit) => 2 * sum + bit, 0);

export const tokensOf = (memory, address, bits) => [...memory, ...bitsOf(address, bits)];

export const flipped = (memory, cell) => memory.map((bit, i) => (i === cell ? 1 - bit : bit));

// Of two logits: the answer, the chance of answering 1, and by how much `bit` is preferred to the other.
export const answerOf = ([zero, one]) => (one > zero ? 1 : 0);
export const chanceOfOne = ([zero, one]) => 1 / (1 + Math.exp(zero - one));
export const marginOf = (logits, bit) => logits[bit] - logits[1 - bit];

// What an address of the page says, if it says something of the right form.
export function memoryFrom(text, cells) {
  return text?.length === cells && /^[01]+$/.test(text) ? [...text].map(Number) : null;
}

export function wholeFrom(text, limit) {
  return /^\d+$/.test(text ?? "") && Number(text) < limit ? Number(text) : null;
}
