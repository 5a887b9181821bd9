// What a reader chooses, in the address of the page and as a recipe for training.
//
// The numbers of a recipe are the book's own: whoever chooses one head trains as the book does with one head, and so on.
// Only what can be chosen differs from there.

export const CELLS = [4, 8, 16], LAYERS = [1, 2, 3], HEADS = [1, 2, 4], SCALES = [0.02, 0.2, 1], MOST_SEEDS = 5;
export const POSITIONS = ["sinusoidal", "learned"];
export const START = { cells: 8, layers: 2, heads: 1, positions: "sinusoidal", scale: 0.02, seeds: 3 };
const SEEDS = 95; // two digits, which fit beside a curve

// A first seed that nobody has chosen for its looks.
export const drawnSeed = () => 1 + Math.floor(Math.random() * SEEDS);

// Settings that an address names, the rest as at the start, with `first` as the first seed; `predict` is null where
// nothing was predicted.
export function settingsFrom(state, first) {
  const one = (key, allowed) => allowed.find((value) => `${value}` === state.get(key)) ?? START[key];
  const whole = (key, least, most) => {
    const given = state.get(key) ?? "";
    return /^\d+$/.test(given) && Number(given) >= least && Number(given) <= most ? Number(given) : null;
  };
  const seeds = whole("seeds", 1, MOST_SEEDS) ?? START.seeds;
  return { cells: one("cells", CELLS), layers: one("layers", LAYERS), heads: one("heads", HEADS),
    positions: one("positions", POSITIONS), scale: one("scale", SCALES), seeds, first: whole("first", 1, SEEDS) ?? first,
    predict: whole("predict", 0, seeds) };
}

// What the address says of settings; `settingsFrom` reads it back. `going` opens them running.
export function stateOf(settings, going) {
  const { scale, predict, ...rest } = settings;
  return { ...rest, ...(settings.positions === "learned" && { scale }), ...(predict !== null && { predict }),
    ...(going && { go: 1 }) };
}

export const seedsOf = ({ first, seeds }) => Array.from({ length: seeds }, (_, i) => first + i);

// The book's recipe with as many heads and such positions, changed in what was chosen.
export function recipeOf({ cells, layers, heads, positions, scale }, { recipes }) {
  const base = recipes.find((one) => one.heads > 1 === heads > 1 && one.positions === positions);
  return { ...base, cells, layers, heads, ...(positions === "learned" && { position_std: scale }) };
}

// The book's own run with these settings, if there is one.
export function runOf(settings, { runs }) {
  const { cells, layers, heads, positions, scale } = settings;
  return runs.find((one) => one.cells === cells && one.layers === layers && one.heads === heads
    && one.positions === positions && (positions === "sinusoidal" || one.scale === scale)) ?? null;
}

// A seed has solved the task above this share of right answers, as in the book.
export const SOLVED = 0.99;

// The algorithm of a model, by how much of the answer the addressed cell brings back after layer 1; the book's bounds.
const FETCHES = 2 / 3, GATHERS = 1 / 3;
export const wayOf = (cell) => (cell > FETCHES ? "fetches" : cell < GATHERS ? "gathers" : "between");

// How many steps lie between two measurements, and how many measurements between two checkpoints.
export const everyOf = ({ steps }) => Math.max(10, Math.round(steps / 100));
export const KEPT = 4;
const SLACK = 0.02; // what a model scores on a rung varies a little

// What an accuracy below the bar says about the address bits that a model goes by; `rungs` are the best accuracies with
// 0, 1, ... of them.
export function knownWords(accuracy, rungs) {
  const bits = Math.max(0, rungs.slice(0, -1).filter((rung) => accuracy >= rung - SLACK).length - 1);
  return `${accuracy > rungs[bits] + SLACK ? "over " : ""}${bits} of ${rungs.length - 1} bits`;
}
