// Pause, step, speed, and the way back: the controls of a training that runs.

import { button, choice, element, slider } from "../dom.js";
import { grouped } from "./axes.js";
import { KEPT } from "./settings.js";

export const WATCHED = 20; // seconds that all steps take at a speed to watch

export class Transport {
  // `act` has toggle(), advance(steps), pace(steps a second), look(step or null), rewind(step, whether other batches).
  constructor({ steps, every, small, fast }, act) {
    Object.assign(this, { steps, every, act });
    this.toggle = button("Pause", () => act.toggle(), { class: "ex-button ex-toggle" });
    this.one = button("One step", () => act.advance(1));
    this.few = button("Ten", () => act.advance(10), { "aria-label": "Ten steps" });
    this.speed = choice("Speed", [[false, "to watch"], [true, "all it has"]], fast, (value) => act.pace(value));
    const text = (step) => `step ${grouped(step)}`;
    this.time = slider("Look at", { min: 0, max: steps, step: every, value: 0, text },
      (step) => act.look(step >= this.reached ? null : step));
    const id = "ex-other-batches";
    this.other = element("input", { type: "checkbox", id });
    this.back = button("", () => act.rewind(this.checkpoint, this.other.checked));
    this.rewind = element("div", { class: "ex-rewind" }, this.back,
      element("span", { class: "ex-check" }, this.other, element("label", { for: id }, "with other batches")));
    this.root = element("div", { class: "ex-transport" }, element("div", { class: "ex-bar" }, this.toggle,
      ...(small ? [] : [this.one, this.few, this.speed.root])), ...(small ? [] : [this.time.root, this.rewind]));
  }

  get checkpoint() {
    const kept = this.every * KEPT;
    return Math.floor(this.at / kept) * kept;
  }

  // `reached`, the last step that all seeds have; `at`, the step that is looked at, or null for the last.
  show({ reached, at, going, done }) {
    this.reached = reached;
    this.at = at ?? reached;
    this.toggle.textContent = going ? "Pause" : "Go on";
    for (const one of [this.toggle, this.one, this.few]) one.disabled = done;
    this.time.set(this.at);
    this.rewind.hidden = at === null;
    this.back.textContent = `Go back to step ${grouped(this.checkpoint)} and train on`;
  }
}
