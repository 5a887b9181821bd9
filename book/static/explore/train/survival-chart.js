// Who is still waiting: the share of seeds that has not solved the task, beside the book's own seeds.

import { drawn, percent } from "../dom.js";
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
    if (!this.shown || !this.axes.width) return;
    const { axes, shown: { members, steps, book, reached } } = this;
    axes.range([0, steps], [0, 1]);
    axes.frame(`${steps}`, words(book, steps), () => this.ground());
    axes.show(reached > 0 ? [this.path(waiting(members.map(solvedAt), reached), "ex-curve is-yours")] : []);
  }

  ground() {
    const { axes, shown: { steps, book } } = this, left = axes.x(0), right = axes.x(steps);
    return [...axes.steps(steps), ...[0, 0.5, 1].flatMap((share) => [
      drawn("line", { class: "ex-grid-line", x1: left, x2: right, y1: axes.y(share), y2: axes.y(share) }),
      drawn("text", { class: "ex-number", x: left - 6, y: axes.y(share) + 4, "text-anchor": "end" }, percent(share))]),
    ...(book ? [this.path(waiting(book.times, steps), "ex-curve is-book")] : [])];
  }

  path(points, kind) {
    const { x, y } = this.axes;
    const path = points.map(({ step, share }, i) => (i ? `H${x(step).toFixed(1)}V${y(share).toFixed(1)}`
      : `M${x(step).toFixed(1)} ${y(share).toFixed(1)}`));
    return drawn("path", { class: kind, d: path.join("") });
  }
}

// The corners of a survival curve up to a step; a time of null was not reached.
export function waiting(times, until) {
  const reached = times.filter((time) => time !== null && time <= until).toSorted((one, other) => one - other);
  const corners = reached.map((step, i) => ({ step, share: 1 - (i + 1) / times.length }));
  return [{ step: 0, share: 1 }, ...corners, { step: until, share: 1 - reached.length / times.length }];
}

function words(book, steps) {
  const books = book ? ` Dashed, the book's ${book.name}: of ${book.times.length} seeds `
    + `${book.times.filter((time) => time === null).length} have not after ${steps} steps.` : "";
  return `The share of your seeds that has not solved the task yet, by step.${books}`;
}
