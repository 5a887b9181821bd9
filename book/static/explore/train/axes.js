// The frame of a small chart: a drawing as wide as its place, scales from values to pixels, ticks and their names.

import { drawn, element } from "../dom.js";

const ROOMY = 220; // pixels for three numbers side by side

export class Axes {
  // `margins` are [top, right, bottom, left] in pixels; `redraw` is called when the width changes.
  constructor({ height, margins, name }, redraw) {
    Object.assign(this, { height, margins });
    this.svg = drawn("svg", { class: `ex-chart ${name}`, role: "img" });
    this.root = element("div", { class: "ex-chart-box" }, this.svg);
    new ResizeObserver(() => { if (this.root.clientWidth !== this.width) redraw(); }).observe(this.root);
  }

  // Takes the ranges of both axes; from here on `x` and `y` give pixels.
  range([left, right], [low, high]) {
    this.width = this.root.clientWidth;
    const [top, end, bottom, start] = this.margins, wide = Math.max(this.width, 160) - start - end;
    const tall = this.height - top - bottom;
    this.x = (value) => start + wide * (value - left) / (right - left);
    this.y = (value) => top + tall * (high - value) / (high - low);
    this.svg.setAttribute("viewBox", `0 0 ${Math.max(this.width, 160)} ${this.height}`);
    this.svg.setAttribute("height", this.height);
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

  show(parts, words) {
    this.svg.setAttribute("aria-label", words);
    this.svg.replaceChildren(...parts);
  }
}

// A whole number as the book writes it.
export const grouped = (number) => Math.round(number).toLocaleString("en-GB");
