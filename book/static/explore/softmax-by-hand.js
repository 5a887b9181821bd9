// Softmax by hand: a query and keys to be moved in a plane, and what attention makes of them.

import { button, drawn, element, fixed, slider } from "./dom.js";
import { softmax } from "./transformer.js";

const REACH = 3, STEP = 0.1, STRIDE = 0.5; // the plane ends at REACH; arrow keys move by STEP, with Shift by STRIDE
const symbol = () => [element("i", {}, "d"), element("sub", {}, "k")];
const clamp = (x) => Math.max(-REACH, Math.min(REACH, Math.round(100 * x) / 100));

// Attention of one query: `points` are the query and the keys in the plane, `hidden` their further coordinates.
export function attend({ points, hidden, values, size, scaled, temperature }) {
  const [query, ...keys] = points.map((point, i) => [...point, ...hidden[i].slice(0, size - 2)]);
  const dot = (key) => key.reduce((sum, x, d) => sum + x * query[d], 0);
  const scores = keys.map((key) => dot(key) / (scaled ? Math.sqrt(size) : 1) / temperature);
  const weights = [...softmax(scores)];
  return { scores, weights,
    entropy: -weights.reduce((sum, w) => sum + (w > 0 ? w * Math.log2(w) : 0), 0),
    returned: weights.reduce((sum, w, i) => sum + w * values[i], 0) };
}

export async function build(stage) {
  new SoftmaxByHand(stage).start();
}

const pair = (text) => {
  const numbers = (text ?? "").split(",").map(Number);
  return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers.map(clamp) : null;
};

class SoftmaxByHand {
  constructor(stage) {
    const { data, state } = stage;
    this.stage = stage;
    this.names = ["query", ...data.names];
    const keys = (state.get("keys") ?? "").split("_").map(pair);
    this.points = [pair(state.get("query")) ?? data.query,
      ...data.keys.map((key, i) => (keys.length === data.keys.length && keys[i]) || key)].map((point) => [...point]);
    const temperature = Number(state.get("temperature"));
    this.temperature = temperature > 0 && temperature < 100 ? temperature : 1;
    this.size = data.sizes.find((size) => size === Number(state.get("size"))) ?? data.sizes[0];
    this.scaled = state.get("scaled") !== "0";
  }

  start() {
    const { data, root } = this.stage, at = (temperature) => Math.log10(temperature);
    this.lines = this.names.map((_, i) => drawn("line", { class: i ? "ex-key" : "ex-query", x1: 0, y1: 0 }));
    this.handles = this.names.map((name, i) => this.handle(name, i));
    this.plane = element("div", { class: "ex-plane" }, this.axes(), ...this.handles);
    this.heat = slider("Temperature", { min: -1.3, max: 0.7, step: 0.01, value: at(this.temperature),
      text: (value) => fixed(10 ** value, 2) },
    (value) => this.change({ temperature: Number((10 ** value).toFixed(3)) }));
    this.sizes = slider(element("span", {}, "Key size ", ...symbol()), { min: 0, max: data.sizes.length - 1, step: 1,
      value: data.sizes.indexOf(this.size), text: (value) => `${data.sizes[value]}` },
    (value) => this.change({ size: data.sizes[value] }));
    this.root = element("input", { type: "checkbox", checked: this.scaled });
    this.root.addEventListener("change", () => this.change({ scaled: this.root.checked }));
    this.rows = data.names.map((name, i) => this.row(name, data.values[i]));
    this.returned = element("b", { class: "ex-big" });
    this.entropy = element("b", { class: "ex-big" });
    this.line = this.numberLine();
    root.append(
      element("div", { class: "ex-columns" },
        element("div", {}, this.plane,
          element("p", { class: "ex-hint" }, "Drag the points, or focus one and press the arrow keys.")),
        element("div", { class: "ex-side" },
          element("table", { class: "ex-table" },
            element("thead", {}, element("tr", {}, ...["key", "value", "score", "weight"].map((head) =>
              element("th", { scope: "col" }, head)))),
            element("tbody", {}, ...this.rows.map(({ row }) => row))),
          element("p", { class: "ex-pairs" }, element("span", {}, "Returned ", this.returned),
            element("span", {}, "Entropy ", this.entropy)),
          this.line.root,
          element("div", { class: "ex-sliders" }, this.heat.root, this.sizes.root,
            element("label", { class: "ex-check" }, this.root, " divide scores by √", ...symbol()),
            button("Start again", () => this.reset())))));
    this.show();
  }

  axes() {
    const ticks = [-2, -1, 1, 2];
    return drawn("svg", { viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`, "aria-hidden": "true" },
      ...ticks.flatMap((at) => [drawn("line", { class: "ex-rule", x1: at, x2: at, y1: -REACH, y2: REACH }),
        drawn("line", { class: "ex-rule", y1: at, y2: at, x1: -REACH, x2: REACH })]),
      drawn("line", { class: "ex-axis", x1: -REACH, x2: REACH, y1: 0, y2: 0 }),
      drawn("line", { class: "ex-axis", y1: -REACH, y2: REACH, x1: 0, x2: 0 }), ...[...this.lines].reverse());
  }

  handle(name, i) {
    const made = element("button", { type: "button", class: `ex-handle ${i ? "is-key" : "is-query"}`,
      "aria-roledescription": "movable point" }, element("span", {}, i ? name : "q"));
    made.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
      if (dx === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const by = event.shiftKey ? STRIDE : STEP;
      this.move(i, this.points[i][0] + by * dx, this.points[i][1] + by * dy);
    });
    made.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      made.setPointerCapture(event.pointerId);
      made.focus();
    });
    made.addEventListener("pointermove", (event) => {
      if (!made.hasPointerCapture(event.pointerId)) return;
      const { left, top, width, height } = this.plane.getBoundingClientRect();
      this.move(i, REACH * (2 * (event.clientX - left) / width - 1), REACH * (1 - 2 * (event.clientY - top) / height));
    });
    return made;
  }

  row(name, value) {
    const score = element("td", {}), weight = element("span", { class: "ex-share-text" });
    const bar = element("span", { class: "ex-share" });
    return { score, weight, bar, row: element("tr", {}, element("th", { scope: "row" }, name),
      element("td", {}, `${value}`), score, element("td", { class: "ex-share-cell" }, bar, weight)) };
  }

  // The stored values as dots, each as large as its weight, and the mean that is returned.
  numberLine() {
    const { values, names } = this.stage.data, low = Math.min(...values) - 0.5, high = Math.max(...values) + 0.5;
    const x = (value) => 10 + 280 * (value - low) / (high - low);
    const dots = values.map((value) => drawn("circle", { class: "ex-dot", cx: x(value), cy: 26 }));
    const mean = drawn("path", { class: "ex-mean", d: "M-6 0L6 0L0 9Z" });
    return { dots, mean, x, root: drawn("svg", { class: "ex-line", viewBox: "0 0 300 58", "aria-hidden": "true" },
      drawn("line", { class: "ex-axis", x1: 10, x2: 290, y1: 26, y2: 26 }), ...dots,
      ...values.map((value, i) => drawn("text", { class: "ex-number", x: x(value), y: 54, "text-anchor": "middle" },
        `${names[i]}: ${value}`)), mean) };
  }

  reset() {
    const { data } = this.stage;
    this.points = [data.query, ...data.keys].map((point) => [...point]);
    Object.assign(this, { temperature: 1, size: data.sizes[0], scaled: true });
    this.root.checked = true;
    this.sizes.set(0);
    this.heat.set(0);
    this.show();
  }

  change(values) {
    Object.assign(this, values);
    this.show();
  }

  move(i, x, y) {
    this.points[i] = [clamp(x), clamp(y)];
    this.show();
  }

  show() {
    const { values, hidden, names } = this.stage.data;
    const found = attend({ ...this, points: this.points, hidden, values });
    this.points.forEach(([x, y], i) => {
      const weight = i ? found.weights[i - 1] : 0;
      this.lines[i].setAttribute("x2", x);
      this.lines[i].setAttribute("y2", -y);
      if (i) this.lines[i].setAttribute("stroke-width", 0.025 + 0.16 * weight);
      this.handles[i].style.setProperty("--x", `${50 * (1 + x / REACH)}%`);
      this.handles[i].style.setProperty("--y", `${50 * (1 - y / REACH)}%`);
      const told = i ? `key ${this.names[i]}` : "query", shown = i ? `, weight ${fixed(weight, 2)}` : "";
      this.handles[i].setAttribute("aria-label", `${told} at ${fixed(x, 2)}, ${fixed(y, 2)}${shown}`);
    });
    this.rows.forEach(({ score, weight, bar }, i) => {
      score.textContent = fixed(found.scores[i], 2);
      weight.textContent = fixed(found.weights[i], 3);
      bar.style.setProperty("--share", `${100 * found.weights[i]}%`);
      this.line.dots[i].setAttribute("r", 1.5 + 11 * Math.sqrt(found.weights[i]));
    });
    this.line.mean.setAttribute("transform", `translate(${this.line.x(found.returned)} 2)`);
    this.returned.textContent = fixed(found.returned, 3);
    this.entropy.textContent = `${fixed(found.entropy, 2)} bits`;
    Object.assign(this.stage.root.dataset, { returned: found.returned, entropy: found.entropy,
      weights: found.weights.join(" ") });
    const most = found.weights.indexOf(Math.max(...found.weights));
    this.stage.say(`Key ${names[most]} has the largest weight, ${fixed(found.weights[most], 2)}. Returned `
      + `${fixed(found.returned, 2)}, entropy ${fixed(found.entropy, 2)} bits.`);
    const point = ([x, y]) => `${x},${y}`;
    this.stage.remember({ query: point(this.points[0]), keys: this.points.slice(1).map(point).join("_"),
      temperature: this.temperature, size: this.size, scaled: this.scaled ? 1 : 0 });
  }
}
