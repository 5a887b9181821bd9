// Pointer machine: set the memory and the address of a trained model, see where its readout looks and what it answers,
// flip every cell to see which one the answer rests on, and cut heads and edges.

import { CutControls, cutFrom, cutsFor, INSTEAD } from "./cuts.js";
import { button, element, fixed, hint, pause, roving } from "./dom.js";
import { FetchedChoice } from "./fetched.js";
import { Flow } from "./flow.js";
import { HeadMaps } from "./maps.js";
import { options } from "./models.js";
import { addressOf, answerOf, bitsOf, chanceOfOne, flipped, memoryFrom, tokensOf, wholeFrom } from "./task.js";
import { Transformer } from "./transformer.js";

const ROW = 8; // cells side by side

export async function build(stage) {
  const machine = new PointerMachine(stage);
  await machine.models.open(stage.state.get("model"), stage.state);
}

export class PointerMachine {
  constructor(stage) {
    this.stage = stage;
    const { models, absent, files } = stage.data;
    this.models = new FetchedChoice(stage, { legend: "Model", all: models, options: options(models, files) },
      (told, bytes, state) => this.open(told, bytes, state));
    this.body = element("div", { class: "ex-body" });
    stage.root.append(element("div", { class: "ex-bar" }, this.models.root,
      ...absent.map(({ title, why }) => hint(`${title}, is not in this build: ${why}.`))), this.models.note, this.body);
  }

  // Shows a model; `state` says how to set it, where it says something.
  async open(told, bytes, state) {
    this.told = told;
    this.model = new Transformer(told, bytes);
    this.memory = memoryFrom(state.get("memory"), told.cells) ?? [...told.memory];
    this.address = wholeFrom(state.get("address"), told.cells) ?? told.address;
    const heads = (state.get("heads") ?? "").split(".");
    this.heads = Array.from({ length: told.config.layers }, (_, layer) =>
      wholeFrom(heads[layer], told.config.heads + 1) || 1);
    this.flips = null;
    this.cuts = new CutControls({ config: told.config, means: "mean.0" in told.tensors, chosen: [...new Set((state.get("cut") ?? "").split(","))],
      instead: state.get("instead") in INSTEAD ? state.get("instead") : "zero" }, () => this.recut());
    this.layOut();
    this.compute();
    if (state.get("flips") === "1") await this.flipAll();
  }

  layOut() {
    const { cells, bits, config } = this.told;
    this.cells = Array.from({ length: cells }, (_, cell) => this.bit(() => this.toggle(cell)));
    this.bits = Array.from({ length: bits }, (_, place) => this.bit(() => this.turn(place)));
    roving(this.cells, () => ROW);
    roving(this.bits, () => bits);
    this.answer = element("p", { class: "ex-answer" });
    this.fill = element("span", { class: "ex-fill" });
    this.found = element("p", { class: "ex-found" });
    this.flow = new Flow({ cells, bits, layers: config.layers });
    this.maps = new HeadMaps({ cells, bits, config, chosen: this.heads }, (layer, head) => this.look(layer, head));
    const group = (label, told, buttons, kind) => element("div", { class: "ex-group" },
      element("p", { class: "ex-label" }, element("b", {}, label), " ", told),
      element("div", { class: `ex-bits ${kind}`, role: "group", "aria-label": label },
        ...buttons.map((one, i) => element("span", { class: "ex-cell" }, one,
          element("span", { class: "ex-index", "aria-hidden": "true" }, kind === "ex-memory" ? `${i}` : `a${i}`)))));
    this.pointsAt = hint();
    const memory = group("Memory", hint("click to flip; arrow keys move"), this.cells, "ex-memory");
    const address = group("Address", this.pointsAt, this.bits, "ex-address");
    const buttons = element("div", { class: "ex-buttons" },
      button("Next address", () => this.set(this.memory, (this.address + 1) % cells)),
      button("Random memory", () => this.set(this.memory.map(() => Math.round(Math.random())), this.address)));
    const answer = element("div", { class: "ex-said" }, this.answer,
      element("div", { class: "ex-meter", "aria-hidden": "true" }, this.fill));
    const tall = cells > 2 * ROW; // then there is room beside the memory
    this.body.replaceChildren(
      ...(this.told.why ? [element("p", { class: "ex-hint" }, this.told.why)] : []),
      element("div", { class: "ex-columns" }, memory, element("div", {}, address, buttons, ...(tall ? [answer] : []))),
      ...(tall ? [] : [answer]), this.flow.root,
      element("div", { class: "ex-test" },
        button("Flip every cell in turn", () => this.flipAll(), { class: "ex-button ex-main" }), this.found),
      this.cuts.root, this.maps.root);
    this.flow.watch();
  }

  bit(act) {
    return button("", act, { class: "ex-bit" });
  }

  toggle(cell) {
    this.set(flipped(this.memory, cell), this.address);
  }

  turn(place) {
    this.set(this.memory, addressOf(flipped(bitsOf(this.address, this.told.bits), place)));
  }

  look(layer, head) {
    this.heads[layer] = head;
    this.show();
  }

  set(memory, address) {
    Object.assign(this, { memory, address, flips: null });
    this.compute();
  }

  recut() {
    this.flips = null;
    this.compute();
  }

  answerTo(memory, { texts, instead } = this.cuts) {
    const { bits, cells, config } = this.told, nodes = { readout: cells + bits - 1, cell: this.address };
    return this.model.run(tokensOf(memory, this.address, bits), undefined, cutsFor(texts, instead, config, nodes));
  }

  compute() {
    this.run = this.answerTo(this.memory);
    this.uncut = this.cuts.texts.length ? this.answerTo(this.memory, { texts: [] }) : this.run;
    this.show();
  }

  // The flip test at this address: every cell in turn, the memory put back each time.
  async flipAll() {
    const flips = this.flips = [];
    for (let cell = 0; cell < this.told.cells; cell += 1) {
      flips.push(this.answerTo(flipped(this.memory, cell)).logits);
      if (cell % 4 === 3) {
        this.showFlips();
        await pause();
        if (this.flips !== flips) return; // something was changed meanwhile
      }
    }
    this.show();
  }

  get needed() {
    const answer = answerOf(this.run.logits);
    return this.flips.flatMap((logits, cell) => (answerOf(logits) === answer ? [] : [cell]));
  }

  show() {
    const { name, title, bits, cells, config } = this.told, { address, memory, run, uncut, cuts } = this;
    const chance = chanceOfOne(run.logits), answer = answerOf(run.logits), right = answer === memory[address];
    const whole = `uncut: answers ${answerOf(uncut.logits)}, ${fixed(chanceOfOne(uncut.logits), 4)}`;
    const gone = new Set(cuts.texts.filter((text) => !cutFrom(text, config).input));
    this.bits.forEach((one, place) => {
      const bit = bitsOf(address, bits)[place];
      one.textContent = bit;
      one.setAttribute("aria-pressed", bit === 1);
      one.setAttribute("aria-label", `address bit ${place}, worth ${2 ** (bits - 1 - place)}: ${bit}`);
    });
    this.pointsAt.textContent = `points at cell ${address}`;
    this.answer.replaceChildren(element("b", {}, `Answers ${answer}`), ` ${right ? "✓ right" : "✗ wrong"} `,
      hint(`chance of 1: ${fixed(chance, 4)}${cuts.texts.length ? `; ${whole}` : ""}`));
    this.answer.classList.toggle("is-wrong", !right);
    this.fill.style.setProperty("--share", `${100 * chance}%`);
    Object.assign(this.stage.root.dataset, { chance, logits: run.logits.join(" ") });
    this.flow.show({ tokens: tokensOf(memory, address, bits), address, answer,
      cut: this.heads.map((head, layer) => gone.has(`${layer + 1}.${head}`)),
      patterns: run.patterns.map((heads, layer) => heads[this.heads[layer] - 1]) });
    this.maps.show(run.patterns, address, gone);
    this.showFlips();
    const asked = `${cuts.words()} Address ${address} points at cell ${address}, which holds ${memory[address]}. `
      + `${title} answers ${answer} and is ${right ? "right" : "wrong"}.`
      + (cuts.texts.length ? ` Uncut it answers ${answerOf(uncut.logits)}.` : "");
    const tested = this.flips?.length === cells ? ` ${this.verdict()}` : "";
    this.stage.say((asked + tested).trimStart());
    this.stage.remember({ model: name, memory: memory.join(""), address, heads: this.heads.join("."),
      ...cuts.state(), ...(tested && { flips: 1 }) });
  }

  showFlips() {
    const answer = answerOf(this.run.logits);
    this.cells.forEach((one, cell) => {
      const flip = this.flips?.[cell], changes = flip && answerOf(flip) !== answer;
      one.textContent = this.memory[cell];
      one.setAttribute("aria-pressed", this.memory[cell] === 1);
      one.setAttribute("aria-label", `cell ${cell}: ${this.memory[cell]}${cell === this.address ? ", addressed" : ""}`
        + (flip ? `; flipping it ${changes ? "changes" : "does not change"} the answer` : ""));
      one.classList.toggle("is-addressed", cell === this.address);
      one.parentElement.classList.toggle("is-needed", Boolean(changes));
      one.parentElement.classList.toggle("is-idle", Boolean(flip) && !changes);
    });
    this.found.textContent = this.flips?.length === this.told.cells ? this.verdict()
      : "Which cells does this answer rest on?";
  }

  verdict() {
    const { needed } = this, others = this.told.cells - needed.length;
    if (!needed.length) return "No flip of one cell changes the answer.";
    const cells = needed.length === 1 ? `cell ${needed[0]}` : `cells ${needed.join(", ")}`;
    return `Flipping ${cells} changes the answer; flipping any of the other ${others} does not.`;
  }
}
