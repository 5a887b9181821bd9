// How a number computed in the page stands to the record, and what the page may say of it.

export const SAME = "same", WITHIN = "within interval", DIFFERS = "differs";

// `close` is how far apart two numbers may be that are the same.
export function compare(value, record, close) {
  if (Math.abs(value - record.value) <= close) return SAME;
  return record.ci && record.ci[0] <= value && value <= record.ci[1] ? WITHIN : DIFFERS;
}

// A number to nine digits, in the unit of its page: many more than the page shows, for two that differ to look so.
export function written(value, { format, unit }) {
  const digits = (number) => String(Number(number.toPrecision(9))).replace("-", "\u2212");
  return format.endsWith("%") ? `${digits(100 * value)}%` : `${digits(value)}${unit ? ` ${unit}` : ""}`;
}

// "0 to 3, 5" for [0, 1, 2, 3, 5].
export function ranges(numbers) {
  const spans = [];
  for (const number of numbers) {
    if (spans.at(-1)?.[1] === number - 1) spans.at(-1)[1] = number;
    else spans.push([number, number]);
  }
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`)).join(", ");
}

// What the number is made of: which seeds of which runs, on how many memories.
export function rests({ models, memories, solving, picked }, seeds) {
  const named = models.map(({ name }, i) => {
    const noun = seeds[i].length === 1 ? "seed" : "seeds";
    return `${name} (${seeds[i].length ? `${noun} ${ranges(seeds[i])}` : "no seed"})`;
  }).join(" and ");
  const all = models.reduce((sum, one) => sum + one.seeds.length, 0);
  const which = picked ? `, ${picked}, as the build chose ${all === 1 ? "it" : "them"}`
    : solving ? `, those of ${all} seeds that solve the task, which was measured here too` : "";
  return `From the weights of ${named}${which}, on ${memories.count} memories.`;
}

// What "same" means, and why the last digits need not agree.
export function precision({ close, models }, record) {
  const apart = close < 1e-6 ? "to nine digits" : `to within ${close}`;
  const kept = models.some(({ rounded }) => rounded) ? "rounded to 16 bits for half the weight" : "in 32 bits";
  const interval = record.ci ? " The interval was not computed again." : "";
  return `Nothing was trained again.${interval} The weights are PyTorch\u2019s, ${kept}; sums were 64-bit here and `
    + `32-bit there, so the last digits may differ, and \u201csame\u201d means ${apart}.`;
}
