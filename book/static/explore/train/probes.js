// What the page shows of a model in training, measured on memories that are the same for every seed: all there are for
// up to eight cells, and a fixed draw for more.

import { Batch } from "./batch.js";
import { Random } from "./random.js";

const ALL = 8; // cells up to which every memory is measured
const DRAWN = 128, PIECE = 64, TRACED = 8; // memories: drawn for more cells, run at once, and patched
const THRESHOLD = 1; // margins that a flip moves by no more than this say nothing about recovery, as in the book
const SEED = 6; // of the draws

export function probeMemories(cells) {
  const count = cells <= ALL ? 2 ** cells : DRAWN, random = new Random(SEED);
  return Array.from({ length: count }, (_, i) => (cells <= ALL
    ? Uint8Array.from({ length: cells }, (_, cell) => (i >> cell) & 1) : random.fill(new Uint8Array(cells))));
}

export class Probes {
  constructor(parameters) {
    const { cells } = parameters.layout;
    this.parameters = parameters;
    this.memories = probeMemories(cells);
    this.batch = new Batch(parameters, Math.min(PIECE, this.memories.length));
    const traced = Math.min(TRACED, this.memories.length), step = this.memories.length / traced;
    // One of every stretch, and not the same of each: in order of counting, neighbours share most of their cells.
    this.traced = Array.from({ length: traced }, (_, i) => this.memories[i * step + (5 * i) % step]);
    this.clean = new Batch(parameters, traced);
    this.corrupted = new Batch(parameters, traced);
  }

  // The share of right answers, and the last layer's mean weight of every readout on every position, (head, address,
  // position).
  look() {
    const { batch, memories, parameters: { layout, recipe: { heads } } } = this, { sequences } = batch;
    const looks = new Float32Array(heads * layout.cells * layout.length);
    let right = 0;
    for (let from = 0; from < memories.length; from += sequences) {
      batch.load(joined(memories.slice(from, from + sequences)));
      batch.forward();
      batch.loss();
      right += batch.right * sequences / memories.length;
      addLooks(batch, looks, 1 / memories.length);
    }
    return { accuracy: right, looks };
  }

  // Mean recovery of the answer, as the book's causal trace has it: what of the clean answer comes back in a run with
  // the addressed bit flipped, when the stream behind layer 1 is taken from the clean run, at the addressed cell or at
  // all positions of the address, the readout among them. Null where no layer comes after, or where no flip moves the
  // answer.
  recovery() {
    const { clean, corrupted, traced, parameters: { layout, recipe } } = this, { nodes, cells } = layout;
    if (recipe.layers === 1) return null;
    const { starts, seen } = layout, { sequences } = clean, size = sequences * recipe.width;
    const sums = { cell: 0, address: 0 };
    let kept = 0;
    clean.load(joined(traced));
    clean.forward();
    const streams = [clean, corrupted].map((batch) => batch.layers[0].out);
    for (let address = 0; address < cells; address += 1) {
      corrupted.load(joined(traced.map((memory) => memory.map((bit, cell) => (cell === address ? 1 - bit : bit)))));
      corrupted.forward();
      const top = margins(clean, address, clean), base = margins(corrupted, address, clean);
      const moved = top.map((margin, b) => margin - base[b] > THRESHOLD);
      const readout = nodes - cells + address, saved = streams[1].slice();
      const path = [...seen.subarray(starts[readout], starts[readout + 1])].filter((node) => node >= cells);
      for (const [place, patched] of [["cell", [address]], ["address", path]]) {
        for (const node of patched) streams[1].set(streams[0].subarray(node * size, (node + 1) * size), node * size);
        corrupted.forward(1);
        margins(corrupted, address, clean).forEach((margin, b) => {
          if (moved[b]) sums[place] += (margin - base[b]) / (top[b] - base[b]);
        });
        streams[1].set(saved);
      }
      kept += moved.filter(Boolean).length;
    }
    return kept ? { cell: sums.cell / kept, address: sums.address / kept } : null;
  }
}

const joined = (memories) => Uint8Array.from(memories.flatMap((memory) => [...memory]));

// By how much each sequence prefers the bit that its addressed cell holds in `clean`.
function margins({ logits, sequences }, address, { memories, layout: { cells } }) {
  return Array.from({ length: sequences }, (_, b) => {
    const at = 2 * (address * sequences + b), bit = memories[b * cells + address];
    return logits[at + bit] - logits[at + 1 - bit];
  });
}

function addLooks({ layout, layers, sequences, recipe: { heads } }, looks, share) {
  const { cells, nodes, length, positions, starts, seen } = layout, { pattern, place, first } = layers.at(-1);
  for (let address = 0; address < cells; address += 1) {
    const n = nodes - cells + address, count = starts[n + 1] - starts[n];
    for (let b = 0; b < sequences; b += 1) {
      for (let h = 0; h < heads; h += 1) {
        const at = place.patterns[n - first] + (b * heads + h) * count;
        for (let e = 0; e < count; e += 1) {
          looks[(h * cells + address) * length + positions[seen[starts[n] + e]]] += share * pattern[at + e];
        }
      }
    }
  }
}
