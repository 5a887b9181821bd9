// Where the readout looks, as a drawing: tokens at the bottom, the positions behind each layer above them, and the
// readout's weights as lines, each as thick as its weight.

import { drawn, element, percent } from "./dom.js";

const ROW = 92, TOP = 34, BOTTOM = 46, THIN = 0.004;

export class Flow {
  constructor({ cells, bits, layers }) {
    Object.assign(this, { cells, count: cells + bits, layers });
    this.svg = drawn("svg", { class: "ex-flow", role: "img" });
    this.root = element("div", { class: "ex-flow-box" }, this.svg);
  }

  // Draws anew when the width changes.
  watch() {
    new ResizeObserver(() => {
      if (this.shown && Math.max(this.root.clientWidth, 240) !== this.width) this.show(this.shown);
    }).observe(this.root);
  }

  show(shown) {
    this.shown = shown;
    this.width = Math.max(this.root.clientWidth, 240);
    const { count, cells, layers, width } = this, { tokens, patterns, address, answer, cut } = shown;
    const gap = 0.6, step = (width - 12) / (count + gap), readout = count - 1;
    const x = (i) => 6 + step * (i + 0.5 + (i >= cells ? gap : 0));
    const height = TOP + ROW * layers + BOTTOM, y = (row) => height - BOTTOM - ROW * row;
    const near = Math.min(0.5 * step, 11), parts = [];

    parts.push(drawn("rect", { class: "ex-column", x: x(address) - step / 2, y: TOP - 8, width: step,
      height: height - TOP - 6, rx: 4 }));
    for (let row = 1; row <= layers; row += 1) {
      const weights = tokens.map((_, j) => patterns[row - 1][readout * count + j]);
      weights.forEach((weight, j) => {
        const end = y(row - 1) - (row > 1 ? 6 : near + 2);
        if (weight > THIN) parts.push(this.line(x(readout), y(row) + 7, x(j), end, weight, cut[row - 1]));
      });
      tokens.forEach((_, j) => parts.push(drawn("circle", { class: j === readout ? "ex-readout" : "ex-node", cx: x(j),
        cy: y(row), r: j === readout ? 6.5 : Math.min(3.5, step / 4) })));
      parts.push(drawn("text", { class: "ex-row", x: 6, y: y(row) - 12 },
        `after layer ${row}${cut[row - 1] ? ", cut" : ""}`));
      const most = weights.indexOf(Math.max(...weights)), left = x(most) > 50; // lines come from the right
      parts.push(drawn("text", { class: "ex-most", x: x(most) + (left ? -8 : -6), y: y(row - 1) - (left ? 16 : 34),
        "text-anchor": left ? "end" : "start" }, percent(weights[most])));
    }
    tokens.forEach((bit, j) => parts.push(...this.token(bit, j, x(j), y(0), near, step)));
    parts.push(drawn("text", { class: "ex-row", x: x(0) - near, y: height - 4 }, "memory"),
      drawn("text", { class: "ex-row", x: x(readout) + near, y: height - 4, "text-anchor": "end" }, "address"),
      drawn("text", { class: "ex-out", x: x(readout) + 6, y: TOP - 16, "text-anchor": "end" }, `answer ${answer}`));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    this.svg.setAttribute("aria-label", this.words(patterns, address, cut));
    this.svg.replaceChildren(...parts);
  }

  // What a cut head looks at goes nowhere: its lines are dashed.
  line(x1, y1, x2, y2, weight, cut) {
    const middle = (y1 + y2) / 2;
    return drawn("path", { class: cut ? "ex-weight is-cut" : "ex-weight",
      d: `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`,
      "stroke-width": (1 + 7 * weight).toFixed(2), "stroke-opacity": (0.2 + 0.7 * weight).toFixed(3) });
  }

  token(bit, j, x, y, near, step) {
    const box = drawn("rect", { class: `ex-token is-${bit}${j === this.shown.address ? " is-addressed" : ""}`,
      x: x - near + 1, y: y - near + 1, width: 2 * near - 2, height: 2 * near - 2, rx: Math.min(4, near / 2) });
    const small = step < 15;
    const centred = { x, "text-anchor": "middle" };
    const text = small ? [] : [drawn("text", { class: `ex-token-bit is-${bit}`, y: y + 4.5, ...centred }, `${bit}`)];
    const index = small && j !== this.shown.address ? []
      : [drawn("text", { class: "ex-number", y: y + near + 12, ...centred },
        j < this.cells ? `${j}` : `a${j - this.cells}`)];
    return [box, ...text, ...index];
  }

  words(patterns, address, cut) {
    const at = (this.count - 1) * this.count;
    return patterns.map((pattern, layer) => {
      const onCell = pattern[at + address];
      const onAddress = pattern.subarray(at + this.cells, at + this.count).reduce((sum, weight) => sum + weight, 0);
      return `Layer ${layer + 1}: the readout puts ${percent(onAddress)} of its weight on the address and `
        + `${percent(onCell)} on cell ${address}${cut[layer] ? ", and this head is cut" : ""}.`;
    }).join(" ");
  }
}
