// Random numbers from a seed: xoshiro128** (Blackman and Vigna, 2021), started by a hash of the seed. Its state is four
// words, so a checkpoint can hold it.

export class Random {
  constructor(seed) {
    this.state = Uint32Array.from({ length: 4 }, (_, i) => hashed(Math.imul(seed, 4) + i));
  }

  // 32 random bits.
  bits() {
    const s = this.state, product = Math.imul(s[1], 5), shifted = s[1] << 9;
    const bits = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return bits;
  }

  // From 0 up to but not 1.
  uniform() {
    return this.bits() / 2 ** 32;
  }

  // Normal with mean 0 and variance 1, by Box and Muller.
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  // Fair bits, as many as the array has places.
  fill(bits) {
    let word = 0;
    for (let i = 0; i < bits.length; i += 1) {
      if (i % 32 === 0) word = this.bits();
      bits[i] = (word >>> (i % 32)) & 1;
    }
    return bits;
  }
}

// The finaliser of MurmurHash3: every bit of the argument moves every bit of the answer.
function hashed(word) {
  let x = (word + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
