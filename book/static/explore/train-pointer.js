// Train a pointer: choose a recipe, predict how many seeds will solve the task, and watch them train in this tab.

import { button, element } from "./dom.js";
import { grouped } from "./train/axes.js";
import { Crew, solvedAt } from "./train/crew.js";
import { Form } from "./train/form.js";
import { LearningChart } from "./train/learning-chart.js";
import { SeedCard } from "./train/seed-card.js";
import { drawnSeed, recipeOf, runOf, seedsOf, settingsFrom, stateOf } from "./train/settings.js";
import { SurvivalChart } from "./train/survival-chart.js";
import { Transport, WATCHED } from "./train/transport.js";
import { example, result, standing } from "./train/words.js";

const MEMORY = [0, 1, 1, 0, 1, 0, 0, 1]; // what the pointer machine begins with

const PAUSE = 60; // milliseconds between two drawings, which leaves the page to its reader

const running = new WeakMap(); // stages may be filled anew, and a training must not go on behind them

export function build(stage) {
  running.get(stage.root)?.end();
  running.set(stage.root, new TrainPointer(stage));
}

class TrainPointer {
  constructor(stage) {
    Object.assign(this, { stage, small: stage.small, crew: null, own: false, at: null, fast: false });
    this.form = new Form({ data: stage.data, settings: settingsFrom(stage.state, drawnSeed()), small: this.small }, {
      change: (settings) => this.change(settings), train: () => this.train() });
    this.learning = new LearningChart(this.small);
    this.survival = this.small ? null : new SurvivalChart();
    this.transport = element("div", {});
    this.cards = element("ul", { class: "ex-seeds" });
    this.verdict = element("p", { class: "ex-verdict" });
    this.machine = element("div", { class: "ex-questioned" });
    const titled = (title, chart, ...more) => element("div", { class: "ex-chart-part" },
      element("p", { class: "ex-label" }, element("b", {}, title), ...more), chart.root);
    this.key = element("span", { class: "ex-hint" });
    if (this.small) {
      this.home = element("a", { href: stage.root.dataset.home }, "Other settings, and a machine for what you train");
      stage.root.append(element("div", { class: "ex-beside" },
        element("div", {}, this.form.root, element("div", { class: "ex-running" }, this.transport, this.verdict),
          element("p", { class: "ex-further" }, this.home)),
        element("div", {}, titled("Right answers", this.learning), this.cards)));
    } else {
      stage.root.append(this.form.root, element("div", { class: "ex-charts" }, titled("Right answers", this.learning),
        titled("Not solved yet ", this.survival, this.key)), this.transport, this.verdict, this.cards, this.machine);
    }
    this.showEmpty();
    this.remember(); // the seeds were drawn here: a link that is copied names them
    this.watchPage();
    if (stage.state.get("go") === "1" && this.form.settings.predict !== null) this.train();
    else if (this.small && !window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.exemplify();
  }

  // Who predicts may go on looking at the example.
  change({ predict }) {
    if (this.own || predict === null) {
      this.leave();
      this.showEmpty();
    }
    this.remember();
  }

  // Nothing trains on a page that nobody sees, or that was left.
  watchPage() {
    const { signal } = this.watching = new AbortController();
    window.addEventListener("pagehide", () => { this.leave(); this.showEmpty(); }, { signal });
    document.addEventListener("visibilitychange", () => {
      if (!this.crew?.going) return;
      this.crew.order(document.hidden ? "halt" : "go");
    }, { signal });
  }

  end() {
    this.leave();
    this.watching.abort();
  }

  leave() {
    this.crew?.stop();
    this.crew = null;
    this.own = false;
    this.form.busy(false);
    clearTimeout(this.due);
    this.due = null;
  }

  get told() {
    const { settings } = this.form, { data } = this.stage, recipe = recipeOf(settings, data);
    const rungs = data.rungs[settings.cells];
    return { settings, recipe, book: runOf(settings, data), rungs, bits: rungs.length - 1 };
  }

  train() {
    const { settings } = this.form;
    this.form.lock();
    this.start(seedsOf(settings), true);
    this.remember();
    this.stage.say(`Training ${settings.seeds} seeds. You predict that ${settings.predict} will solve it.`);
  }

  // In small one seed trains unasked, none of those that are predicted.
  exemplify() {
    const { first, seeds } = this.form.settings;
    this.start([first > 1 ? first - 1 : first + seeds], false);
  }

  start(seeds, own) {
    this.leave();
    const { recipe, rungs, bits } = this.told, { steps } = recipe;
    this.own = own;
    this.at = null;
    this.solved = new Set();
    this.finished = false;
    this.crew = new Crew(recipe, seeds, this.pace(steps), (member, frame) => this.heard(member, frame),
      (text) => this.fail(text));
    this.controls = new Transport({ steps, every: this.crew.every, small: this.small, fast: this.fast }, {
      toggle: () => this.toggle(), advance: (count) => this.advance(count), look: (step) => this.look(step),
      pace: (fast) => { this.fast = fast; this.crew.order("pace", { pace: this.pace(steps) }); },
      rewind: (step, other) => this.rewind(step, other) });
    this.all = this.crew.members.map((member) => new SeedCard(member, { recipe, rungs, bits },
      this.small ? null : (one) => this.question(one)));
    this.transport.replaceChildren(this.controls.root);
    this.cards.replaceChildren(...this.all.map(({ root }) => root));
    this.machine.replaceChildren();
    this.show();
  }

  pace(steps) {
    return this.fast ? 0 : steps / WATCHED;
  }

  fail(text) {
    this.leave();
    this.form.note.textContent = `This browser cannot train here: ${text}`;
  }

  heard(member) {
    const solved = solvedAt(member) !== null;
    if (solved !== this.solved.has(member.seed)) {
      if (solved) this.solved.add(member.seed);
      else this.solved.delete(member.seed);
      if (this.own) this.stage.say(standing(this.crew, member));
    }
    if (this.crew.done && !this.finished) {
      this.finished = true;
      this.crew.going = false;
      if (this.own) this.stage.say(result(this.crew, this.told));
    }
    this.due ??= setTimeout(() => this.show(), PAUSE);
  }

  toggle() {
    if (this.crew.going) this.crew.halt();
    else this.crew.go();
    this.look(null);
  }

  advance(count) {
    if (this.crew.going) this.crew.halt();
    this.crew.advance(count);
    this.look(null);
  }

  look(step) {
    this.at = step;
    this.show();
  }

  rewind(step, other) {
    this.crew.rewind(step, other ? 1 + Math.floor(Math.random() * 2 ** 30) : 0);
    this.finished = false;
    this.solved = new Set(this.crew.members.filter((member) => solvedAt(member) !== null).map(({ seed }) => seed));
    this.crew.go();
    this.look(null);
    this.stage.say(`Back at step ${step}${other ? ", with other batches" : ""}.`);
  }

  show() {
    clearTimeout(this.due);
    this.due = null;
    if (!this.crew) return;
    const { crew, at } = this, { recipe: { steps }, rungs, book } = this.told, reached = crew.step;
    this.learning.show({ members: crew.members, steps, rungs, at });
    this.survival?.show({ members: crew.members, steps, book, reached });
    this.controls.show({ reached, at, going: crew.going, done: crew.done });
    this.form.busy(this.own && crew.going && !crew.done);
    for (const card of this.all) card.show(at ?? Infinity);
    const said = !this.own ? example(crew) : crew.done ? result(crew, this.told) : standing(crew);
    if (this.verdict.textContent !== said) this.verdict.textContent = said;
    Object.assign(this.stage.root.dataset, { step: reached, solved: this.solved.size, done: crew.done });
  }

  // Before any training: the ladder, and the book's own seeds.
  showEmpty() {
    const { recipe: { steps }, rungs, book } = this.told;
    this.learning.show({ members: [], steps, rungs, at: null });
    this.survival?.show({ members: [], steps, book, reached: 0 });
    this.key.replaceChildren(...(book ? [element("span", { class: "ex-key is-yours" }), " yours, ",
      element("span", { class: "ex-key is-book" }), ` the book’s ${book.times.length}`] : []));
    for (const one of [this.transport, this.cards, this.machine]) one.replaceChildren();
    if (this.small) this.transport.append(button("Watch one seed", () => this.exemplify()));
    this.verdict.textContent = "";
    for (const name of ["step", "solved", "done"]) delete this.stage.root.dataset[name];
  }

  remember() {
    this.stage.remember(stateOf(this.form.settings, this.own));
    if (this.small) this.home.href = this.stage.root.dataset.home.replace(/#.*/, this.stage.address);
  }

  // Hands a member to the pointer machine, which opens below.
  async question(member) {
    const name = `seed ${member.seed}`, { told, bytes, step } = await this.crew.pack(member, name);
    const { PointerMachine } = await import("./pointer-machine.js");
    const root = element("div", {}), memory = Array.from({ length: told.cells }, (_, i) => MEMORY[i % MEMORY.length]);
    this.machine.replaceChildren(element("p", { class: "ex-label" }, element("b", { tabindex: "-1" },
      `Seed ${member.seed} after ${grouped(step)} steps, in the pointer machine`)), root);
    if (!document.querySelector("link[data-machine]")) {
      document.head.append(element("link", { rel: "stylesheet", "data-machine": true,
        href: new URL("./pointer-machine.css", import.meta.url).href }));
    }
    const machine = new PointerMachine({ root, state: new Map(), remember() {}, say: (text) => this.stage.say(text),
      data: { models: [{ ...told, title: name, memory, address: told.cells - 3 }], files: {}, absent: [] },
      weights: async () => bytes });
    await machine.models.open(name);
    this.machine.querySelector("b").focus();
  }
}
