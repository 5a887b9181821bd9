// What one seed is doing: where its last layer looks, by address, and where the addressed bit is after layer 1.

import { button, element, fixed, onTheme, percent } from "../dom.js";
import { grouped } from "./axes.js";
import { frameAt, solvedAt } from "./crew.js";
import { SOLVED, knownWords, wayOf } from "./settings.js";

// Where the book says what a model does.
const SAID = {
  fetches: ["It ", "fetches", "book/glossary.html#term-fetch"],
  gathers: ["It ", "gathers", "book/glossary.html#term-gather-and-select"],
  between: ["So far it is ", "between fetching and gathering", "book/ch07/algorithms.html#fetch-or-gather-and-select"],
};
const SITE = new URL("../../../", import.meta.url);
const SCALE = 6; // pixels of the canvas for one weight

export class SeedCard {
  // `act(member)` hands the model over; without it the card is a small one: a state, a map, an end.
  constructor(member, { recipe, rungs, bits }, act) {
    Object.assign(this, { member, recipe, rungs, cells: recipe.cells, count: recipe.cells + bits });
    const across = recipe.heads > 1 ? 2 : 1, down = Math.ceil(recipe.heads / across);
    this.across = across;
    this.map = element("canvas", { class: "ex-seed-map", role: "img",
      width: SCALE * (across * (this.count + 1) - 1), height: SCALE * (down * (this.cells + 1) - 1) });
    this.state = element("p", { class: "ex-seed-state" });
    this.weight = element("p", { class: "ex-hint" });
    this.bars = act && recipe.layers > 1 ? ["in its cell", "with the address"].map((name, i) => bar(name, i)) : [];
    this.story = element("p", { class: "ex-seed-story" });
    const where = this.bars.length
      ? [element("p", { class: "ex-hint" }, "After layer 1 the bit is"), ...this.bars.map(({ root }) => root)] : [];
    this.root = element("li", { class: `ex-seed is-seed-${member.index}` },
      element("p", { class: "ex-seed-name" }, element("span", { class: "ex-swatch", "aria-hidden": "true" }),
        element("b", {}, `Seed ${member.seed}`)),
      this.state, this.map, act ? this.weight : null, ...where, this.story,
      act ? button("Question it", () => act(member), { "aria-label": `Question seed ${member.seed}`,
        class: "ex-button ex-question" }) : null);
    onTheme(() => {
      this.colours = null;
      if (this.root.isConnected && this.shown !== undefined) this.show(this.shown);
    });
  }

  // Shows the member as it was at a step.
  show(step) {
    this.shown = step;
    const frame = frameAt(this.member, step);
    if (!frame || (frame === this.frame && this.colours)) return;
    this.frame = frame;
    const { cells, rungs } = this, solved = frame.accuracy > SOLVED, when = solvedAt(this.member);
    this.state.textContent = solved
      ? `${percent(frame.accuracy)} right${when !== null && when <= frame.step ? `, solved at ${grouped(when)}` : ""}`
      : `${percent(frame.accuracy)} right: ${knownWords(frame.accuracy, rungs)}`;
    this.root.classList.toggle("is-solved", solved);
    const mean = this.onCell(frame);
    this.weight.textContent = `${percent(mean)} of the weight on the addressed cell`;
    this.map.setAttribute("aria-label", `Where the last layer looks, seed ${this.member.seed} after ${frame.step} `
      + `steps, a row for each of ${cells} addresses: ${percent(mean)} of the weight is on the addressed cell`);
    this.draw(frame);
    const recovery = this.recoveryAt(frame.step);
    this.bars.forEach(({ show }, i) => show(recovery && [recovery.cell, recovery.address][i]));
    this.tell(solved && recovery ? wayOf(recovery.cell) : null);
  }

  // A link that has the focus is not made anew with every measurement.
  tell(way) {
    if (way === this.way) return;
    this.way = way;
    const [before, name, place] = SAID[way] ?? [];
    this.story.replaceChildren(...(way ? [before, element("a", { href: new URL(place, SITE).href }, name), "."] : []));
  }

  // The last recovery measured, as not every measurement has one.
  recoveryAt(step) {
    return this.member.frames.findLast((frame) => frame.step <= step && frame.recovery !== undefined)?.recovery ?? null;
  }

  // The mean over addresses of the weight on the addressed cell, of the head that puts most there.
  onCell({ looks }) {
    const { cells, count, recipe: { heads } } = this;
    let sum = 0;
    for (let a = 0; a < cells; a += 1) {
      sum += Math.max(...Array.from({ length: heads }, (_, h) => looks[(h * cells + a) * count + a]));
    }
    return sum / cells;
  }

  // Asked for once: the answer costs the browser a look at the whole page.
  theme() {
    const style = getComputedStyle(this.root), rgb = style.getPropertyValue("--ex-weight").match(/[0-9a-f]{2}/gi);
    return { weight: rgb.map((part) => parseInt(part, 16)), rule: style.getPropertyValue("--ex-rule") };
  }

  draw({ looks }) {
    const { map, cells, count, across, recipe: { heads } } = this, context = map.getContext("2d");
    const { weight, rule } = this.colours ??= this.theme(), image = new ImageData(count, cells);
    context.clearRect(0, 0, map.width, map.height);
    context.imageSmoothingEnabled = false;
    this.scratch ??= element("canvas", { width: count, height: cells });
    for (let h = 0; h < heads; h += 1) {
      const x = (h % across) * (count + 1) * SCALE, y = Math.floor(h / across) * (cells + 1) * SCALE;
      for (let i = 0; i < cells * count; i += 1) {
        image.data.set([...weight, Math.round(255 * looks[h * cells * count + i])], 4 * i);
      }
      this.scratch.getContext("2d").putImageData(image, 0, 0);
      context.drawImage(this.scratch, x, y, count * SCALE, cells * SCALE);
      context.strokeStyle = rule;
      context.strokeRect(x + 0.5, y + 0.5, count * SCALE - 1, cells * SCALE - 1);
      context.fillStyle = rule;
      context.fillRect(x + cells * SCALE, y, 1, cells * SCALE); // the address begins
    }
  }
}

function bar(name, side) {
  const fill = element("span", { class: "ex-where-fill" }), number = element("span", { class: "ex-where-number" });
  const root = element("div", { class: `ex-where is-${side ? "address" : "cell"}` }, element("span", {}, name),
    element("span", { class: "ex-where-bar", "aria-hidden": "true" }, fill), number);
  return { root, show(value) {
    fill.style.setProperty("--share", `${100 * Math.min(1, Math.max(0, value ?? 0))}%`);
    number.textContent = value === null ? "\u2013" : fixed(value, 2);
  } };
}
