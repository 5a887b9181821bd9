// A choice among things whose numbers may have to be fetched first: models, sentences.

import { choice, element } from "./dom.js";

export class FetchedChoice {
  // `all` are the things, each with a name, a title and a file; `act(told, bytes, state)` shows one whose file is there.
  constructor(stage, { legend, all, options }, act) {
    Object.assign(this, { stage, all, act, shown: null });
    this.choice = choice(legend, options, "", (name) => this.open(name));
    this.root = this.choice.root;
    this.note = element("p", { class: "ex-note", role: "alert" });
  }

  // Chooses one by its name; of a name that nothing has, the first. `state` says how to set it, where it says something.
  async open(name, state = new Map()) {
    const { root } = this.stage, told = this.all.find((one) => one.name === name) ?? this.all[0];
    this.choice.set(told.name);
    this.opening = told;
    root.setAttribute("aria-busy", "true");
    let bytes;
    try {
      bytes = await this.stage.weights(told.file);
    } catch (error) {
      this.note.textContent = `${told.title} could not be fetched; choose it again to try once more.`;
      if (this.shown) this.choice.set(this.shown.name);
      else throw error; // nothing to show: the figure stays
      return;
    } finally {
      if (this.opening === told) root.removeAttribute("aria-busy");
    }
    if (this.opening !== told) return; // another was chosen meanwhile
    this.note.textContent = "";
    this.shown = told;
    await this.act(told, bytes, state);
  }
}
