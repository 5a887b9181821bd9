// Accuracy while training, a line a seed, against the ladder: the best scores with 0, 1, ... known address bits.

import { drawn, percent } from "../dom.js";
import { Axes } from "./axes.js";

const LABEL = 15; // pixels between the numbers of two seeds, at least
const END = 8; // of the disc that a number stands on

export class LearningChart {
  constructor(small) {
    this.axes = new Axes({ height: small ? 125 : 270, margins: [12, 84, 24, 40], name: "ex-learning" },
      () => this.draw());
    this.root = this.axes.root;
  }

  // `members` as a crew has them; `at` is the step that the page looks at, or null.
  show(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    if (!this.shown || !this.axes.width) return;
    const { axes, shown: { members, steps, rungs, at } } = this, low = Math.min(0.5, rungs[0] - 0.1), high = 1.01;
    axes.range([0, steps], [low, high]);
    axes.frame(`${steps}`, words(rungs), () => this.ladder());
    const now = at === null ? [] : [
      drawn("line", { class: "ex-now", x1: axes.x(at), x2: axes.x(at), y1: axes.y(low), y2: axes.y(high) })];
    const seen = members.filter(({ frames }) => frames.length);
    const ends = seen.map(({ seed, index, frames }) =>
      ({ seed, index, x: axes.x(frames.at(-1).step) + END, y: axes.y(frames.at(-1).accuracy) }));
    axes.show([...now, ...seen.map((member) => this.curve(member)), ...apart(ends).flatMap(({ seed, index, x, y }) => [
      drawn("circle", { class: `ex-end is-seed-${index}`, cx: x, cy: y, r: END }),
      drawn("text", { class: "ex-end-name", x, y: y + 4, "text-anchor": "middle" }, `${seed}`)])]);
  }

  ladder() {
    const { axes, shown: { steps, rungs } } = this, left = axes.x(0), right = axes.x(steps);
    return [...axes.steps(steps), ...rungs.flatMap((rung, bits) => [
      drawn("line", { class: "ex-rung", x1: left, x2: right, y1: axes.y(rung), y2: axes.y(rung) }),
      drawn("text", { class: "ex-rung-name", x: right + 22, y: axes.y(rung) + 4 }, nameOf(bits, rungs.length - 1)),
      drawn("text", { class: "ex-number", x: left - 6, y: axes.y(rung) + 4, "text-anchor": "end" }, percent(rung))])];
  }

  curve({ index, frames }) {
    const { x, y } = this.axes;
    const path = frames.map(({ step, accuracy }) => `${x(step).toFixed(1)} ${y(accuracy).toFixed(1)}`);
    return drawn("path", { class: `ex-curve is-seed-${index}`, d: `M${path.join("L")}` });
  }
}

function words(rungs) {
  const ladder = rungs.map((rung, bits) => `${bits} known ${percent(rung)}`).join(", ");
  return `Right answers while training, a line for each seed; the numbers stand with the seeds below. Dotted, the best `
    + `scores by known address bits: ${ladder}.`;
}

function nameOf(bits, all) {
  if (bits === all) return "solved";
  return bits === 0 ? "no bit" : `${bits} bit${bits > 1 ? "s" : ""}`;
}

// The numbers at the ends of the curves, moved up or down so that none hides another.
function apart(ends) {
  const sorted = ends.toSorted((one, other) => one.y - other.y);
  sorted.forEach((end, i) => {
    const above = sorted.slice(0, i).findLast((other) => Math.abs(other.x - end.x) < LABEL);
    if (above) end.y = Math.max(end.y, above.y + LABEL);
  });
  return sorted;
}
