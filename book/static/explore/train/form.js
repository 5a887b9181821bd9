// What a reader chooses before training: a recipe, seeds, and a prediction.

import { button, choice, element } from "../dom.js";
import { grouped } from "./axes.js";
import { CELLS, HEADS, LAYERS, MOST_SEEDS, POSITIONS, SCALES, drawnSeed, recipeOf, runOf, seedsOf }
  from "./settings.js";

// Recipes with a name; the page's settings are one of these or the reader's own.
const NAMED = [
  ["one head", { cells: 8, layers: 2, heads: 1, positions: "sinusoidal" }],
  ["four heads", { cells: 8, layers: 2, heads: 4, positions: "learned", scale: 0.02 }],
  ["one layer", { cells: 8, layers: 1, heads: 1, positions: "learned", scale: 1 }],
  ["16 cells", { cells: 16, layers: 2, heads: 4, positions: "learned", scale: 0.02 }],
];
const SHORT = 2; // of the named recipes, where there is little room

export class Form {
  // `act.change(settings)` is called when something was chosen, `act.train()` to begin.
  constructor({ data, settings, small }, act) {
    Object.assign(this, { data, settings, small, act });
    const group = (label, key, values) =>
      [key, choice(label, values.map((value) => [value, `${value}`]), null, (value) => this.set({ [key]: value }))];
    this.named = choice("Recipe", NAMED.slice(0, small ? SHORT : NAMED.length).map(([name]) => [name, name]), null,
      (name) => this.set(Object.fromEntries(NAMED)[name]));
    this.groups = Object.fromEntries([group("Cells", "cells", CELLS), group("Layers", "layers", LAYERS),
      group("Heads", "heads", HEADS), group("Positions", "positions", POSITIONS),
      group("that start at", "scale", SCALES), group("Seeds", "seeds", Array.from({ length: MOST_SEEDS }, (_, i) => i + 1))]);
    this.told = element("p", { class: "ex-told" });
    this.others = button("Other seeds", () => this.set({ first: drawnSeed() }),
      { class: "ex-button ex-quiet" });
    this.ask = element("div", { class: "ex-predict" });
    this.note = element("p", { class: "ex-note", role: "alert" });
    const own = small ? [] : [element("div", { class: "ex-choices" },
      ...["cells", "layers", "heads", "positions", "scale"].map((key) => this.groups[key].root))];
    const seeds = small ? [] : [element("div", { class: "ex-choices" }, this.groups.seeds.root, this.others)];
    this.root = element("div", { class: "ex-train-form" }, this.named.root, ...own, this.told, ...seeds, this.ask,
      this.note);
    this.show();
  }

  set(changed) {
    const { seeds, cells, layers, heads, positions, scale, first } = { ...this.settings, ...changed };
    this.settings = { cells, layers, heads, positions, scale, seeds, first, predict: null };
    this.show();
    this.act.change(this.settings);
  }

  show() {
    const { settings, data, groups } = this, { seeds, positions } = settings;
    const name = NAMED.find(([, one]) => Object.entries(one).every(([key, value]) => settings[key] === value))?.[0];
    this.named.set(name);
    for (const [key, { set }] of Object.entries(groups)) set(settings[key]);
    groups.scale.root.hidden = positions !== "learned";
    const recipe = recipeOf(settings, data), run = runOf(settings, data), all = seedsOf(settings);
    this.told.replaceChildren(
      `${plural(settings.layers, "layer")} of attention with ${plural(settings.heads, "head").toLowerCase()}, `
      + `width ${recipe.width}; ${grouped(recipe.steps)} steps of ${recipe.batch} memories. `,
      run ? element("span", {}, "This is the book’s ", element("code", {}, run.name), ".")
        : "The book has no run of this kind.", ...(this.small ? [" ", this.others] : []));
    this.others.textContent = `Other seeds than ${all.length > 1 ? `${all[0]} to ${all.at(-1)}` : all[0]}`;
    const numbers = Array.from({ length: seeds + 1 }, (_, i) => [i, `${i}`]);
    const legend = seeds > 1 ? `Predict: how many of ${seeds} will solve it?` : "Predict: will it solve it?";
    this.prediction = choice(legend, seeds > 1 ? numbers : [[0, "no"], [1, "yes"]], settings.predict, (value) => {
      this.settings = { ...this.settings, predict: value };
      this.note.textContent = "";
      this.act.change(this.settings);
    });
    this.start = button("", () => this.begin(), { class: "ex-button ex-main" });
    this.busy(false);
    this.ask.replaceChildren(this.prediction.root, this.start);
  }

  // While seeds train the button says so and does nothing; it keeps the focus, which a disabled one would lose.
  busy(is) {
    const { seeds } = this.settings, said = is ? "Training\u00a0…" : seeds > 1 ? `Train ${seeds} seeds` : "Train";
    if (this.start.textContent !== said) this.start.textContent = said;
    this.start.setAttribute("aria-disabled", is);
    this.isBusy = is;
  }

  // What was predicted stays, once it can be seen whether it comes true.
  lock() {
    this.prediction.root.disabled = true;
  }

  begin() {
    if (this.isBusy) return;
    if (this.settings.predict !== null) this.act.train();
    else {
      this.note.textContent = "Predict first: that is when the result is worth something.";
      this.prediction.root.querySelector("input").focus();
    }
  }
}

const NUMBERS = ["No", "One", "Two", "Three", "Four"];
const plural = (number, name) => `${NUMBERS[number]} ${name}${number > 1 ? "s" : ""}`;
