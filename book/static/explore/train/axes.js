// The frame of a small chart: a drawing as wide as its place, scales from values to pixels, ticks and their names. What
// does not move is drawn once, and widths are told by an observer: a chart that asked for its width at every drawing
// would have the browser lay out the page each time.

import { drawn, element } from "../dom.js";

const ROOMY = 220; // pixels for three numbers side by side
const NARROWEST = 160;

export class Axes {
  // `margins` are [top, right, bottom, left] in pixels; `redraw` is called when the width changes.
  constructor({ height, margins, name }, redraw) {
    Object.assign(this, { height, margins, width: 0, drawnFor: "" });
    this.still = drawn("g");
    this.moving = drawn("g");
    this.svg = drawn("svg", { class: `ex-chart ${name}`, role: "img", height }, this.still, this.moving);
    this.root = element("div", { class: "ex-chart-box" }, this.svg);
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.width) return;
      this.width = contentRect.width;
      redraw();
    }).observe(this.root);
  }

  // Takes the ranges of both axes; from here on `x` and `y` give pixels.
  range([left, right], [low, high]) {
    const [top, end, bottom, start] = this.margins, wide = Math.max(this.width, NARROWEST) - start - end;
    const tall = this.height - top - bottom;
    this.x = (value) => start + wide * (value - left) / (right - left);
    this.y = (value) => top + tall * (high - value) / (high - low);
  }

  // Draws what stands still, `parts()`, and says what the chart shows, unless it was drawn for this `key` already.
  frame(key, words, parts) {
    const drawnFor = `${this.width} ${words} ${key}`;
    if (drawnFor === this.drawnFor) return;
    this.drawnFor = drawnFor;
    this.svg.setAttribute("viewBox", `0 0 ${Math.max(this.width, NARROWEST)} ${this.height}`);
    this.svg.setAttribute("aria-label", words);
    this.still.replaceChildren(...parts());
  }

  show(parts) {
    this.moving.replaceChildren(...parts);
  }

  // Steps of training along the bottom.
  steps(last) {
    const y = this.height - this.margins[2], all = this.x(last) - this.x(0) > ROOMY ? [0, last / 2, last] : [0, last];
    return all.flatMap((step, i) => [
      drawn("line", { class: "ex-tick", x1: this.x(step), x2: this.x(step), y1: y, y2: y + 4 }),
      drawn("text", { class: "ex-number", x: this.x(step), y: y + 16,
        "text-anchor": i === 0 ? "start" : step < last ? "middle" : "end" },
      `${grouped(step)}${step === last ? " steps" : ""}`)]);
  }
}

// A whole number as the book writes it.
export const grouped = (number) => Math.round(number).toLocaleString("en-GB");
