// Who is still waiting: the share of seeds that has not solved the task, beside the book's own seeds.

import { drawn } from "../dom.js";
import { Axes } from "./axes.js";
import { solvedAt } from "./crew.js";

export class SurvivalChart {
  constructor() {
    this.axes = new Axes({ height: 270, margins: [12, 14, 24, 40], name: "ex-survival" }, () => this.draw());
    this.root = this.axes.root;
  }

  // `book` is the book's run with these settings, or null.
  show(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    if (!this.shown) return;
    const { axes, shown: { members, steps, book, reached } } = this;
    axes.range([0, steps], [0, 1]);
    const parts = axes.steps(steps);
    for (const share of [0, 0.5, 1]) {
      parts.push(
        drawn("line", { class: "ex-grid-line", x1: axes.x(0), x2: axes.x(steps), y1: axes.y(share), y2: axes.y(share) }),
        drawn("text", { class: "ex-number", x: axes.x(0) - 6, y: axes.y(share) + 4, "text-anchor": "end" },
          `${100 * share}\u00a0%`));
    }
    if (book) parts.push(this.steps(waiting(book.times, steps), "ex-curve is-book"));
    const own = waiting(members.map(solvedAt), reached);
    if (reached > 0) parts.push(this.steps(own, "ex-curve is-yours"));
    axes.show(parts, words(members, book, steps, reached));
  }

  steps(points, kind) {
    const { axes } = this;
    const path = points.map(({ step, share }, i) => (i ? `H${axes.x(step).toFixed(1)}V${axes.y(share).toFixed(1)}`
      : `M${axes.x(step).toFixed(1)} ${axes.y(share).toFixed(1)}`));
    return drawn("path", { class: kind, d: path.join("") });
  }
}

// The corners of a survival curve up to a step; a time of null was not reached.
export function waiting(times, until) {
  const reached = times.filter((time) => time !== null && time <= until).toSorted((one, other) => one - other);
  const corners = reached.map((step, i) => ({ step, share: 1 - (i + 1) / times.length }));
  return [{ step: 0, share: 1 }, ...corners, { step: until, share: 1 - reached.length / times.length }];
}

function words(members, book, steps, reached) {
  const solved = members.filter((member) => solvedAt(member) !== null).length;
  const yours = reached > 0 ? `Yours: ${members.length - solved} of ${members.length} after ${reached} steps.` : "";
  const books = book ? ` The book's ${book.name}: ${book.times.filter((time) => time === null).length} of `
    + `${book.times.length} after ${steps} steps.` : "";
  return `Seeds that have not solved the task yet. ${yours}${books}`;
}
