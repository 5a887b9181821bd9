// Attention visualizer: choose a word of a sentence and see where it looks in every head of a language model; from the
// last word, see too what each look is worth to the answer.

import { button, choice, element, fixed, hint, roving } from "./dom.js";
import { FetchedChoice } from "./fetched.js";
import { Patterns } from "./patterns.js";
import { wholeFrom } from "./task.js";

const FIRST = 0, FULL = 1; // the first token; what is lost where a cell has its full colour, in units of the margin

export async function build(stage) {
  const viewer = new Viewer(stage);
  await viewer.sentences.open(stage.state.get("sentence"), stage.state);
}

class Viewer {
  constructor(stage) {
    const { sentences, parameters } = stage.data;
    Object.assign(this, { stage, chosen: false });
    const all = sentences.map((one) => ({ ...one, name: one.key }));
    this.sentences = new FetchedChoice(stage, { legend: "Sentence", all,
      options: sentences.map(({ key, title }) => [key, title]) }, (told, bytes, state) => this.open(told, bytes, state));
    this.body = element("div", { class: "ex-body" });
    stage.root.append(element("div", { class: "ex-bar" }, this.sentences.root,
      hint("A sentence of your own cannot be put in: the page has the weights of these sentences, not the model that "
        + `makes them, whose ${Math.round(parameters / 1e6)} million parameters are more than a page should fetch.`)),
    this.sentences.note, this.body);
  }

  // Shows a sentence; `state` says how to set it, where it says something. What a reader has chosen stays chosen.
  open(told, bytes, state) {
    const { data } = this.stage, kept = this.chosen ? this.keptIn(told) : {}, key = state.get("sentence");
    const size = told.pieces.length, known = told.key === key;
    const said = (name, limit, usual) => (known ? wholeFrom(state.get(name), limit) : null) ?? usual;
    this.told = told;
    this.last = size - 1;
    this.patterns = new Patterns(data, size, bytes);
    this.from = said("from", size, kept.from ?? this.last) || this.last;
    this.on = said("on", this.from + 1, Math.min(kept.on ?? told.on, this.from));
    this.layer = said("layer", data.layers, kept.layer ?? told.layer);
    this.head = said("head", data.heads, kept.head ?? told.head);
    this.chosen ||= known && ["from", "on", "layer", "head"].some((name) => state.has(name));
    this.worth = known && state.get("grid") === "worth" && this.from === this.last;
    this.layOut();
    this.show();
  }

  // The words and the head that are chosen, in another sentence: the last word stays the last, other words go to the
  // nearest place where they stand there, or else to the nearest place.
  keptIn({ pieces }) {
    const place = (i) => {
      if (i === this.last) return pieces.length - 1;
      const word = this.told.pieces[i].trim();
      const places = pieces.flatMap((piece, j) => (piece.trim() === word ? [j] : []));
      if (!places.length) return Math.min(i, pieces.length - 1);
      return places.reduce((best, j) => (Math.abs(j - i) < Math.abs(best - i) ? j : best));
    };
    return { from: place(this.from), on: place(this.on), layer: this.layer, head: this.head };
  }

  layOut() {
    const { pieces } = this.told, { layers, heads } = this.stage.data;
    this.words = pieces.map((piece, i) => (i === FIRST ? element("span", { class: "ex-word is-start" }, piece)
      : button(piece.trim(), () => this.change({ from: i, on: Math.min(this.on, i) }),
        { class: `ex-word${/^\s/.test(piece) || i === 1 ? "" : " is-joined"}` })));
    roving(this.words.slice(1), () => this.words.length);
    this.looks = element("div", { class: "ex-looks" });
    this.looksTitle = element("p", { class: "ex-label" });
    this.cells = Array.from({ length: layers * heads }, (_, i) => button("",
      () => this.change({ layer: Math.floor(i / heads), head: i % heads }), { class: "ex-head" }));
    roving(this.cells, () => heads);
    const rows = Array.from({ length: layers }, (_, layer) => element("div", { role: "row", class: "ex-head-row" },
      element("span", { role: "rowheader", class: "ex-head-name" }, `${layer}`),
      ...this.cells.slice(layer * heads, (layer + 1) * heads).map((cell) =>
        element("span", { role: "gridcell", class: "ex-head-cell" }, cell))));
    this.gridTitle = element("p", { class: "ex-label" });
    this.switch = choice("Colour", [["weight", "weight"], ["worth", "worth"]], "weight",
      (value) => this.change({ worth: value === "worth" }));
    this.scale = element("p", { class: "ex-hint" });
    this.summary = element("p", { class: "ex-summary" });
    this.looked = null;
    this.dearest = button("Head whose look there is worth most", () => this.best("worth"));
    const buttons = element("div", { class: "ex-buttons" },
      button("Head that looks there most", () => this.best("weight"), { class: "ex-button ex-main" }), this.dearest);
    this.body.replaceChildren(
      element("p", { class: "ex-label" }, element("b", {}, "Who looks?"), " ",
        hint("choose a word; coloured: where it looks; dashed: what it cannot see")),
      element("div", { class: "ex-sentence", role: "group", "aria-label": "Words of the sentence" }, ...this.words),
      element("div", { class: "ex-views" },
        element("section", { "aria-label": "Where this head looks" }, this.looksTitle, this.looks, buttons, this.summary),
        element("section", { "aria-label": "All heads" }, this.gridTitle, this.switch.root,
          element("div", { role: "grid", class: "ex-head-grid", "aria-label": "Layers and heads" },
            element("div", { class: "ex-head-row is-top", "aria-hidden": "true" },
              element("span", { class: "ex-head-name" }, "layer"),
              ...Array.from({ length: heads }, (_, head) => element("span", {}, `${head}`))), ...rows), this.scale)));
  }

  change(values) {
    Object.assign(this, values, { chosen: true });
    if (this.from !== this.last) this.worth = false;
    this.show();
  }

  // Goes to the head with the largest weight on what is looked at, or the largest loss when it cannot look there.
  best(what) {
    const { heads } = this.stage.data;
    const score = this.cells.map((_, i) => this.valueAt(Math.floor(i / heads), i % heads, what === "worth") || 0);
    const most = score.indexOf(Math.max(...score));
    this.change({ layer: Math.floor(most / heads), head: most % heads, worth: what === "worth" });
  }

  valueAt(layer, head, worth) {
    return worth ? this.lost(layer, head, this.on) : this.patterns.weight(layer, head, this.from, this.on);
  }

  lost(layer, head, on) {
    return on < this.last ? this.patterns.lost(layer, head, on) : NaN;
  }

  word(i) {
    return i === FIRST ? "the first token" : `“${this.told.pieces[i].trim()}”`;
  }

  show() {
    const { told, layer, head, from, last, stage } = this, answering = from === last;
    const row = this.patterns.row(layer, head, from);
    this.showWords(row);
    this.showLooks(row, answering);
    this.showGrid(answering);
    this.dearest.hidden = !answering || this.on === last;
    const worth = this.lost(layer, head, this.on), value = row[this.on];
    const heads = `Layer ${layer}, head ${head}`;
    const look = `${heads}: ${this.word(from)} puts ${fixed(value, 3)} of its weight on ${this.word(this.on)}.`;
    this.summary.textContent = answering ? `${look} ${this.verdict(worth)}` : look;
    stage.say(this.summary.textContent);
    Object.assign(stage.root.dataset, { weights: row.join(" "), lost: answering
      ? row.slice(0, -1).map((_, on) => this.lost(layer, head, on)).join(" ") : "" });
    stage.remember({ sentence: told.key, from, on: this.on, layer, head, ...(this.worth && { grid: "worth" }) });
  }

  // What cutting the chosen edge does, in the chosen head and in all.
  verdict(worth) {
    const { told, on } = this;
    if (on === this.last) return "A word's look at itself is not cut.";
    const one = Number.isNaN(worth) ? "This edge is too light to be cut by itself."
      : `Cutting this edge ${worth < 0 ? "adds" : "takes"} ${fixed(Math.abs(worth), 2)} ${worth < 0 ? "to" : "from"} `
        + `the margin of “${told.right}” over “${told.wrong}”, which is ${fixed(told.margin, 2)}.`;
    const all = told.together[on];
    return `${one} Cutting it in every head ${all < 0 ? "adds" : "takes"} ${fixed(Math.abs(all), 2)}.`;
  }

  showWords(row) {
    this.words.forEach((made, i) => {
      const weight = row[i] ?? 0, later = i > this.from;
      made.style.setProperty("--share", `${(100 * weight).toFixed(1)}%`);
      made.classList.toggle("is-later", later);
      made.classList.toggle("is-target", i === this.on);
      if (i === FIRST) return;
      made.tabIndex = i === this.from ? 0 : -1;
      made.setAttribute("aria-pressed", i === this.from);
      made.setAttribute("aria-label", `${this.told.pieces[i].trim()}, word ${i}${later ? ": cannot be seen"
        : `: weight ${fixed(weight, 3)}`}`);
    });
  }

  // A row for each word that can be seen: its weight, and from the last word what the look is worth.
  showLooks(row, answering) {
    const { layer, head } = this;
    this.looksTitle.replaceChildren(element("b", {}, `From ${this.word(this.from)}`), " ",
      hint(`in layer ${layer}, head ${head}${answering ? ": weight and worth" : ": weight"}`));
    if (this.looked?.from !== this.from) this.makeLooks(row.length, answering);
    row.forEach((weight, on) => {
      const { bar, number, turn, lost } = this.looked.rows[on], value = this.lost(layer, head, on);
      bar.style.setProperty("--share", `${(100 * weight).toFixed(1)}%`);
      number.textContent = fixed(weight, 3);
      if (!answering) return;
      lost.textContent = Number.isNaN(value) ? "–" : fixed(value, 2);
      turn.style.setProperty("--share", `${Math.min(50, 50 * Math.abs(value || 0) / FULL).toFixed(1)}%`);
      turn.classList.toggle("is-negative", value < 0);
    });
    this.looked.chosen.set(`${this.on}`);
  }

  makeLooks(count, answering) {
    const rows = Array.from({ length: count }, (_, on) => {
      const name = element("span", { class: "ex-look-word" }, this.told.pieces[on].trim());
      const bar = element("span", { class: "ex-look-bar" }), number = element("span", { class: "ex-look-number" });
      const turn = element("span", { class: "ex-look-turn" }), lost = element("span", { class: "ex-look-number" });
      const parts = [name, bar, number, ...(answering ? [turn, lost] : [])];
      return { bar, number, turn, lost, label: element("span", { class: "ex-look" }, ...parts) };
    });
    const focused = this.looks.contains(document.activeElement);
    const chosen = choice("Looked at", rows.map(({ label }, on) => [`${on}`, label]), `${this.on}`,
      (on) => this.change({ on: Number(on) }), { class: `ex-choice ex-look-list${answering ? " is-answer" : ""}` });
    this.looks.replaceChildren(chosen.root);
    this.looked = { from: this.from, rows, chosen };
    if (focused) chosen.root.querySelector("input:checked")?.focus();
  }

  showGrid(answering) {
    const { heads } = this.stage.data, worth = this.worth && answering;
    this.gridTitle.replaceChildren(element("b", {}, "Every head"), " ",
      hint(`${worth ? "what its look is worth" : "its weight"}, from ${this.word(this.from)} on ${this.word(this.on)}`));
    this.switch.root.hidden = !answering;
    this.switch.set(worth ? "worth" : "weight");
    this.scale.textContent = worth ? `Purple: lost when cut. Brown: gained. Full colour from ${FULL} on. Dotted: less `
      + `than ${this.stage.data.least} of the weight, not cut.` : "Full colour: all of the weight.";
    this.cells.forEach((cell, i) => {
      const layer = Math.floor(i / heads), head = i % heads, value = this.valueAt(layer, head, worth);
      const chosen = layer === this.layer && head === this.head;
      cell.style.setProperty("--share", `${(100 * Math.min(1, Math.abs(value || 0) / (worth ? FULL : 1))).toFixed(1)}%`);
      cell.classList.toggle("is-worth", worth);
      cell.classList.toggle("is-negative", worth && value < 0);
      cell.classList.toggle("is-uncut", worth && Number.isNaN(value));
      cell.tabIndex = chosen ? 0 : -1;
      cell.setAttribute("aria-pressed", chosen);
      const told = Number.isNaN(value) ? "not cut" : fixed(value, worth ? 2 : 3);
      cell.setAttribute("aria-label", `layer ${layer}, head ${head}: ${told}`);
    });
  }
}
