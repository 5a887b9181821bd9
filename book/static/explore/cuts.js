// What is cut out of a model: heads, and edges from a head to the queries, keys or values of a later layer. Written as
// in the address of a page, "1.3" is head 3 of layer 1, and "1.3-2.q.readout" what it sends to the queries of layer 2 at
// the readout; everything counts from 1. Here are the controls that choose, and the words that say it.

import { button, choice, element, fresh, menu, roving } from "./dom.js";

export const INPUTS = { q: "queries", k: "keys", v: "values" };
export const PLACES = { readout: "the readout", cell: "the addressed cell" };
export const INSTEAD = { zero: "nothing (zero)", mean: "its mean" };
const FORM = /^(\d+)\.(\d+)(?:-(\d+)\.([qkv])\.(readout|cell))?$/;

// A cut as its parts, layers and heads from 0, or null if the model has no such part.
export function cutFrom(text, { layers, heads }) {
  const [, layer, head, to, input, place] = FORM.exec(text) ?? [];
  if (!layer || !+layer || !+head || +layer > layers || +head > heads) return null;
  if (to && (+to <= +layer || +to > layers)) return null;
  return { layer: layer - 1, head: head - 1, ...(to && { to: to - 1, input, place }) };
}

// What `Transformer.run` takes, for a question whose readout and addressed cell are these nodes; null cuts nothing.
export function cutsFor(texts, instead, config, nodes) {
  const parts = texts.map((text) => cutFrom(text, config));
  return parts.length === 0 ? null : { instead, heads: parts.filter((one) => !one.input),
    edges: parts.filter((one) => one.input).map((one) => ({ ...one, node: nodes[one.place] })) };
}

export function spoken(text) {
  const [, layer, head, to, input, place] = FORM.exec(text);
  const from = `head ${head} of layer ${layer}`;
  return to ? `${from} to the ${INPUTS[input]} of layer ${to} at ${PLACES[place]}` : from;
}

export class CutControls {
  // `act()` is called when something is cut or restored; `chosen` are the cuts to begin with. A model that has no
  // `means` of its heads, as one that a reader has trained, is cut to zero.
  constructor({ config, chosen, instead, means }, act) {
    Object.assign(this, { config, act, instead: means ? instead : "zero" });
    this.texts = chosen.filter((text) => cutFrom(text, config));
    const { layers, heads } = config;
    this.inPlace = choice("Put in its place", Object.entries(INSTEAD).slice(0, means ? 2 : 1), this.instead,
      (kind) => this.change({ instead: kind }));
    this.heads = new Map();
    const rows = Array.from({ length: layers }, (_, layer) => {
      const made = Array.from({ length: heads }, (_unused, head) => {
        const text = `${layer + 1}.${head + 1}`;
        const one = button(`${head + 1}`, () => this.toggle(text), { class: "ex-button ex-cut",
          "aria-label": `Cut ${spoken(text)}` });
        this.heads.set(text, one);
        return one;
      });
      roving(made, () => heads);
      return element("div", { class: "ex-cut-row", role: "group", "aria-label": `Heads of layer ${layer + 1}` },
        element("span", { class: "ex-cut-name" }, `Heads of layer ${layer + 1}`), ...made);
    });
    this.list = element("div", { class: "ex-buttons ex-cut-list" });
    this.restore = button("Restore everything", () => this.change({ texts: [] }));
    const body = element("div", { id: fresh("ex-cuts") },
      element("p", { class: "ex-hint" }, "A cut head writes what stands in its place, at every position."
        + `${means ? " Its mean is over memories and addresses." : ""}`),
      this.inPlace.root, ...rows, ...(layers > 1 ? [this.edges()] : []), this.list, this.restore);
    this.opener = button("Cut a head or an edge", () => this.open(body.hidden), { class: "ex-button ex-opener",
      "aria-controls": body.id });
    this.open = (wanted) => {
      body.hidden = !wanted;
      this.opener.setAttribute("aria-expanded", wanted);
    };
    this.open(this.texts.length > 0);
    this.root = element("div", { class: "ex-cuts" }, this.opener, body);
    this.show();
  }

  // An edge: from a head to one input of a later layer, at one position.
  edges() {
    const { layers, heads } = this.config;
    const from = menu("From", Array.from({ length: (layers - 1) * heads }, (_, i) => {
      const text = `${Math.floor(i / heads) + 1}.${i % heads + 1}`;
      return [text, `layer ${text[0]}, head ${i % heads + 1}`];
    }), () => this.fit());
    const input = menu("to the", Object.entries(INPUTS)), place = menu("at", Object.entries(PLACES));
    const to = menu("of", Array.from({ length: layers - 1 }, (_, i) => [`${i + 2}`, `layer ${i + 2}`]));
    this.edge = { from, to };
    const cut = button("Cut this edge", () => {
      const text = `${from.value}-${to.value}.${input.value}.${place.value}`;
      if (!this.texts.includes(text)) this.change({ texts: [...this.texts, text] });
    });
    this.fit();
    return element("div", { class: "ex-cut-edge", role: "group", "aria-label": "An edge to cut" },
      from.root, input.root, to.root, place.root, cut);
  }

  // An edge leads upwards: of the later layers those above the sender can be chosen.
  fit() {
    const { from, to } = this.edge;
    to.allow((layer) => Number(layer) > Number(from.value.split(".")[0]));
  }

  toggle(text) {
    const { texts } = this;
    this.change({ texts: texts.includes(text) ? texts.filter((one) => one !== text) : [...texts, text] });
  }

  change(values) {
    Object.assign(this, values);
    this.show();
    this.act();
  }

  show() {
    this.heads.forEach((one, text) => one.setAttribute("aria-pressed", this.texts.includes(text)));
    const edges = this.texts.filter((text) => text.includes("-"));
    const focused = this.list.contains(document.activeElement) || document.activeElement === this.restore;
    this.list.replaceChildren(...edges.map((text) => button(`Restore ${spoken(text)}`, () => this.toggle(text))));
    this.list.hidden = edges.length === 0;
    this.restore.hidden = this.texts.length === 0;
    if (focused && (this.restore.hidden || !this.restore.contains(document.activeElement))) this.refocus();
  }

  // A button that is gone leaves the focus beside it.
  refocus() {
    (this.list.querySelector("button") ?? (this.restore.hidden ? this.opener : this.restore)).focus();
  }

  // For an answer: what is cut, and what stands there.
  words() {
    if (!this.texts.length) return "";
    return `Cut, with ${INSTEAD[this.instead]} in ${this.texts.length > 1 ? "their" : "its"} place: `
      + `${this.texts.map(spoken).join("; ")}.`;
  }

  // For the address of the page.
  state() {
    return this.texts.length ? { cut: this.texts.join(","), instead: this.instead } : {};
  }
}
