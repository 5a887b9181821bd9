// Files that are named by the SHA-256 of their content, and are what their name says or are refused.

export class Refused extends Error {}

// Fetches `name`, "<sha256>.bin", below `root`, an address of this site.
export async function fetched(root, name) {
  if (!globalThis.crypto?.subtle) {
    throw new Refused("The files cannot be checked: this browser hashes only on pages from https or localhost.");
  }
  const answer = await fetch(new URL(name, root));
  if (!answer.ok) throw new Refused(`The file ${name} could not be fetched: the server said ${answer.status}.`);
  const bytes = await answer.arrayBuffer(), hash = hex(await crypto.subtle.digest("SHA-256", bytes));
  if (`${hash}.bin` !== name) {
    const expected = name.replace(".bin", "");
    throw new Refused(`A file is not the one that was published: expected the SHA-256 ${expected}, got ${hash}.`);
  }
  return bytes;
}

const hex = (digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Memories, a byte a cell, as lists of bits.
export function memoriesFrom(bytes, cells) {
  const all = new Uint8Array(bytes);
  return Array.from({ length: all.length / cells }, (_, i) => [...all.subarray(i * cells, (i + 1) * cells)]);
}

// Floats of 16 bits, as 32-bit ones.
export function widened(bytes) {
  return Float32Array.from(new Uint16Array(bytes), number).buffer;
}

// One of them, of IEEE 754 and finite: a sign, five bits of exponent, ten of the fraction. Written out, since browsers
// have Float16Array only lately.
function number(half) {
  const sign = half >> 15 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}
