// Accuracy while training, a line a seed, against the ladder: the best scores with 0, 1, ... known address bits.

import { drawn } from "../dom.js";
import { Axes } from "./axes.js";

const LABEL = 15; // pixels between the numbers of two seeds, at least

export class LearningChart {
  constructor(small) {
    this.axes = new Axes({ height: small ? 200 : 270, margins: [12, 84, 24, 40], name: "ex-learning" },
      () => this.draw());
    this.root = this.axes.root;
  }

  // `members` as a crew has them; `at` is the step that the page looks at, or null.
  show(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    if (!this.shown) return;
    const { axes, shown: { members, steps, rungs, at } } = this, low = Math.min(0.5, rungs[0] - 0.1);
    axes.range([0, steps], [low, 1.01]);
    const right = axes.x(steps), parts = axes.steps(steps);
    rungs.forEach((rung, bits) => parts.push(
      drawn("line", { class: "ex-rung", x1: axes.x(0), x2: right, y1: axes.y(rung), y2: axes.y(rung) }),
      drawn("text", { class: "ex-rung-name", x: right + 22, y: axes.y(rung) + 4 }, nameOf(bits, rungs.length - 1)),
      drawn("text", { class: "ex-number", x: axes.x(0) - 6, y: axes.y(rung) + 4, "text-anchor": "end" },
        `${Math.round(100 * rung)}\u00a0%`)));
    if (at !== null) {
      parts.push(drawn("line", { class: "ex-now", x1: axes.x(at), x2: axes.x(at), y1: axes.y(low), y2: axes.y(1.01) }));
    }
    const ends = members.filter(({ frames }) => frames.length).map((member) => {
      const last = member.frames.at(-1);
      const path = member.frames.map(({ step, accuracy }) =>
        `${axes.x(step).toFixed(1)} ${axes.y(accuracy).toFixed(1)}`);
      parts.push(drawn("path", { class: `ex-curve is-seed-${member.index}`, d: `M${path.join("L")}` }));
      return { member, x: axes.x(last.step), y: axes.y(last.accuracy) };
    });
    parts.push(...apart(ends).flatMap(({ member, x, y }) => [
      drawn("circle", { class: `ex-end is-seed-${member.index}`, cx: x + 8, cy: y, r: 8 }),
      drawn("text", { class: "ex-end-name", x: x + 8, y: y + 4, "text-anchor": "middle" }, `${member.seed}`)]));
    axes.show(parts, this.words());
  }

  words() {
    const { members, rungs } = this.shown;
    const ladder = rungs.map((rung, bits) => `${bits} bits ${Math.round(100 * rung)} percent`).join(", ");
    const told = members.filter(({ frames }) => frames.length).map(({ seed, frames }) =>
      `seed ${seed} at ${(100 * frames.at(-1).accuracy).toFixed(1)} percent after ${frames.at(-1).step} steps`);
    return `Accuracy while training. The ladder of known address bits: ${ladder}. ${told.join("; ")}`;
  }
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
