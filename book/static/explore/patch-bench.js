// Patch bench: a clean run and a corrupted one, the addressed bit flipped; copy the residual stream of one into the
// other, place by place, and see how much of the answer follows.

import { button, choice, element, fixed, hint, pause, roving } from "./dom.js";
import { FetchedChoice } from "./fetched.js";
import { options } from "./models.js";
import { differences, positionNames, ROWS, scrollTogether } from "./runs.js";
import { addressOf, answerOf, bitsOf, flipped, marginOf, memoryFrom, tokensOf, wholeFrom } from "./task.js";
import { Transformer } from "./transformer.js";

const WAYS = { denoise: { label: "clean → corrupted", source: "clean", base: "corrupted" },
  noise: { label: "corrupted → clean", source: "corrupted", base: "clean" } };
const BETWEEN = 8; // places that are patched before what was found is shown
const SHORT = 16; // positions that stand side by side; more scroll
const TITLES = { clean: "Clean run", corrupted: "Corrupted run" };

// How far a patched run has come from its own margin towards the other run's.
export const recoveryOf = (patched, base, source) => (patched - base) / (source - base);

// Two digits in little room: .73, 1.0
const short = (x) => (Math.abs(x) >= 0.995 ? fixed(x, 1) : fixed(x, 2).replace(/^(\u2212?)0\./, "$1."));

export async function build(stage) {
  const bench = new PatchBench(stage);
  await bench.models.open(stage.state.get("model"), stage.state);
}

class PatchBench {
  constructor(stage) {
    const { models, files } = stage.data;
    Object.assign(this, { stage, way: "denoise" });
    this.models = new FetchedChoice(stage, { legend: "Model", all: models, options: options(models, files) },
      (told, bytes, state) => this.open(told, bytes, state));
    this.layOut();
  }

  // Shows a model; `state` says how to set the first, later ones keep the question where they have as many cells.
  async open(told, bytes, state) {
    const { cells, bits, memory, address } = told, fits = cells === this.cells;
    Object.assign(this, { cells, bits, count: cells + bits, model: new Transformer(told, bytes), title: told.title });
    this.places = ROWS.flatMap((_, row) => Array.from({ length: this.count }, (_unused, i) => `${row}.${i}`));
    if (!fits) {
      this.memory = memoryFrom(state.get("memory"), cells) ?? [...memory];
      this.address = wholeFrom(state.get("address"), cells) ?? address;
      this.patches = new Set((state.get("patches") ?? "").split(",").filter((place) => this.places.includes(place)));
      this.whole = state.get("model") === told.name && state.get("map") === "1";
    }
    if (state.get("way") in WAYS) this.way = state.get("way");
    this.direction.set(this.way);
    this.panels.style.setProperty("--places", this.count);
    this.panels.classList.toggle("is-long", this.count > SHORT);
    this.left = (this.address + 0.5) / this.count;
    await this.compute();
  }

  layOut() {
    this.direction = choice("Patch", Object.entries(WAYS).map(([way, { label }]) => [way, label]), this.way,
      (way) => this.change({ way, patches: new Set() }));
    this.panels = element("div", { class: "ex-panels" });
    this.recovery = element("b", { class: "ex-big" });
    this.words = hint();
    this.marker = element("span", { class: "ex-marker" });
    this.ends = [element("span", { class: "ex-end" }), element("span", { class: "ex-end" })];
    this.summary = element("p", { class: "ex-summary" });
    this.stage.root.append(
      element("div", { class: "ex-bar" }, this.models.root, this.direction.root), this.models.note, this.panels,
      element("p", { class: "ex-hint" }, "Blue, in the run that is copied from: how far the two runs differ there. "
        + "Numbers, in the run that is patched: the recovery if that place alone is patched. "
        + "Margin: by how much the logit of the clean answer exceeds the other."),
      element("div", { class: "ex-result" },
        element("p", {}, "Recovery ", this.recovery, " ", this.words),
        element("div", { class: "ex-gauge", "aria-hidden": "true" },
          element("span", { class: "ex-track" }), this.marker),
        element("div", { class: "ex-ends", "aria-hidden": "true" }, ...this.ends)),
      element("div", { class: "ex-buttons" },
        button("Patch every place in turn", () => this.change({ whole: true }), { class: "ex-button ex-main" }),
        button("Take the patches out", () => this.change({ patches: new Set(), whole: false }))),
      this.summary);
  }

  change(values) {
    Object.assign(this, values);
    return this.compute();
  }

  tokens(run) {
    const memory = run === "clean" ? this.memory : flipped(this.memory, this.address);
    return tokensOf(memory, this.address, this.bits);
  }

  // By how much a run prefers the clean answer.
  margin(run) {
    return marginOf(run.logits, this.memory[this.address]);
  }

  // Runs the base tokens again, with the source's stream at some places ("row.position").
  patched(places) {
    const { width } = this.model.config, { source, base } = WAYS[this.way];
    return this.model.run(this.tokens(base), (row, resid) => {
      const here = places.filter((place) => place.startsWith(`${row}.`)).map((place) => Number(place.slice(2)));
      if (!here.length) return undefined;
      const mixed = resid.slice();
      for (const i of here) mixed.set(this.runs[source].streams[row].subarray(i * width, (i + 1) * width), i * width);
      return mixed;
    });
  }

  recoveryAt(places) {
    const { source, base } = WAYS[this.way];
    return recoveryOf(this.margin(this.patched(places)), this.margin(this.runs[base]), this.margin(this.runs[source]));
  }

  async compute() {
    this.runs = { clean: this.model.run(this.tokens("clean")), corrupted: this.model.run(this.tokens("corrupted")) };
    this.gap = this.margin(this.runs.clean) - this.margin(this.runs.corrupted);
    this.traced = this.gap > this.stage.data.threshold;
    const map = this.map = new Map();
    this.drawPanels();
    if (this.whole && this.traced) {
      for (const place of this.places) {
        map.set(place, this.recoveryAt([place]));
        if (Number(place.slice(2)) % BETWEEN === 0) {
          this.show();
          await pause();
          if (this.map !== map) return; // something was changed meanwhile
        }
      }
    }
    this.show();
  }

  // Both runs: tokens on top, below them the stream at every place; the places of the patched run are buttons.
  drawPanels() {
    const focused = this.panels.contains(document.activeElement) && document.activeElement.dataset.place;
    const { base } = WAYS[this.way];
    this.buttons = new Map();
    this.panels.replaceChildren(...["clean", "corrupted"].map((run) => element("section",
      { class: `ex-panel is-${run}`, "aria-label": TITLES[run] },
      element("p", { class: "ex-label" }, element("b", {}, TITLES[run]), " ",
        hint(run === base ? "click a place to patch it" : "copied from")),
      element("div", this.count > SHORT ? { class: "ex-scroll", tabindex: 0, role: "group",
        "aria-label": `Positions of the ${run} run` } : {}, this.tokenRow(run),
      run === base ? this.grid() : differences(this.runs, this.model.config.width)),
      this.answerLine(run))));
    roving([...this.panels.querySelectorAll(".ex-tokens button")], () => this.count);
    roving([...this.buttons.values()], () => this.count);
    const scrolls = [...this.panels.querySelectorAll(".ex-scroll")];
    scrollTogether(scrolls, this.left, (left) => { this.left = left; });
    if (focused) this.panels.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  tokenRow(run) {
    const name = (i) => (i < this.cells ? `cell ${i}` : `address bit ${i - this.cells}`);
    const cells = this.tokens(run).map((bit, i) => {
      const marked = i === this.address ? " is-addressed" : "";
      if (run === "corrupted") return element("span", { class: `ex-bit is-fixed is-${bit}${marked}` }, `${bit}`);
      return button(`${bit}`, () => this.turn(i), { class: `ex-bit${marked}`, "aria-pressed": `${bit === 1}`,
        "data-place": `token.${i}`, "aria-label": `${name(i)}: ${bit}${marked ? ", addressed" : ""}` });
    });
    const attributes = run === "clean" ? { role: "group", "aria-label": "Tokens of the clean run" }
      : { role: "img", "aria-label": `Tokens of the corrupted run: cell ${this.address} is flipped` };
    return element("div", {}, positionNames(this),
      element("div", { class: "ex-tokens ex-places", ...attributes }, ...cells));
  }

  turn(i) {
    if (i < this.cells) return this.change({ memory: flipped(this.memory, i) });
    return this.change({ address: addressOf(flipped(bitsOf(this.address, this.bits), i - this.cells)) });
  }

  grid() {
    return element("div", { role: "grid", class: "ex-grid", "aria-label": "Places to patch" },
      ...ROWS.map((name, row) => element("div", { role: "row", class: "ex-grid-row" },
        element("span", { role: "rowheader", class: "ex-row-name" }, name),
        ...Array.from({ length: this.count }, (_, i) => {
          const place = `${row}.${i}`;
          const made = button("", () => this.toggle(place), { class: "ex-place", "data-place": place });
          this.buttons.set(place, made);
          return element("span", { role: "gridcell", class: "ex-grid-cell" }, made);
        }))));
  }

  answerLine(run) {
    const { logits } = this.runs[run];
    return element("p", { class: "ex-answer" }, element("b", {}, `answers ${answerOf(logits)}`), " ",
      hint(`margin ${fixed(this.margin(this.runs[run]), 2)}`));
  }

  toggle(place) {
    if (!this.patches.delete(place)) this.patches.add(place);
    this.show();
  }

  show() {
    const { source, base } = WAYS[this.way], places = [...this.patches];
    const recovery = this.traced ? this.recoveryAt(places) : NaN;
    for (const [place, made] of this.buttons) this.showPlace(place, made);
    this.recovery.textContent = this.traced ? fixed(recovery, 3) : "–";
    this.stage.root.dataset.recovery = recovery;
    const margin = this.margin(places.length ? this.patched(places) : this.runs[base]);
    this.words.textContent = this.traced ? `the patched run's margin is ${fixed(margin, 2)}`
      : `the flip moves the margin by ${fixed(this.gap, 2)} only, too little to trace`;
    this.marker.style.setProperty("--share", `${100 * Math.max(0, Math.min(1, (recovery + 0.25) / 1.5)) || 0}%`);
    this.ends.forEach((end, i) => { end.textContent = `${i}: ${[base, source][i]}`; });
    const where = places.map((place) => this.spoken(place)).join(", ");
    const told = !this.traced ? `${this.title}: the flip hardly moves this answer, so there is nothing to trace.`
      : `${this.title}, patched: ${where || "nothing"}. Recovery ${fixed(recovery, 3)}.`
        + (this.map.size === this.places.length ? ` ${this.largest()}` : "");
    this.summary.textContent = told;
    this.stage.say(told);
    this.stage.remember({ model: this.model.name, memory: this.memory.join(""), address: this.address, way: this.way,
      ...(places.length && { patches: places.join(",") }), ...(this.whole && { map: 1 }) });
  }

  showPlace(place, made) {
    const chosen = this.patches.has(place), value = this.map.get(place);
    made.setAttribute("aria-pressed", chosen);
    const told = value === undefined ? "" : `: recovery ${fixed(value, 2)}`;
    made.setAttribute("aria-label", `${this.spoken(place)}${told}`);
    made.textContent = value === undefined ? "" : short(value);
    made.classList.toggle("is-negative", value < 0);
    made.classList.toggle("is-strong", Math.abs(value) > 0.5);
    made.classList.toggle("is-nothing", Math.abs(value) < 0.005);
    made.style.setProperty("--share", `${100 * Math.min(1, Math.abs(value ?? 0))}%`);
    this.panels.querySelector(`[data-source="${place}"]`)?.classList.toggle("is-copied", chosen);
  }

  spoken(place) {
    const [row, i] = place.split(".").map(Number);
    return `${this.position(i)} ${row ? ROWS[row] : "in the embedding"}`;
  }

  position(i) {
    if (i === this.count - 1) return "readout";
    return i < this.cells ? `cell ${i}` : `address bit ${i - this.cells}`;
  }

  // The place behind layer 1 whose patch brings back most.
  largest() {
    const [most, value] = [...this.map].filter(([place]) => place.startsWith("1."))
      .reduce((best, one) => (one[1] > best[1] ? one : best));
    const where = this.position(Number(most.slice(2)));
    return `After layer 1 the place that brings back most is the ${where}, ${fixed(value, 2)}.`;
  }
}
