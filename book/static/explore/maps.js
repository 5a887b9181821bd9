// Small maps of every head's pattern, queries down and positions looked at across; one head of each layer is chosen.

import { choice, element, hint, onTheme, percent } from "./dom.js";

export class HeadMaps {
  // `act(layer, head)` is called when a reader chooses a head, counted from 1.
  constructor({ cells, bits, config, chosen }, act) {
    Object.assign(this, { cells, count: cells + bits });
    this.maps = Array.from({ length: config.layers }, () => Array.from({ length: config.heads }, (_, head) => ({
      canvas: element("canvas", { width: this.count, height: this.count, class: "ex-map", "aria-hidden": "true" }),
      words: element("span", { class: "ex-map-words" }), name: `head ${head + 1}`,
    })));
    this.hints = this.maps.map(() => hint());
    const layers = this.maps.map((maps, layer) => choice(element("span", {}, `Layer ${layer + 1} `, this.hints[layer]),
      maps.map(({ canvas, words }, head) => [`${head + 1}`, element("span", { class: "ex-map-label" }, canvas, words)]),
      `${chosen[layer]}`, (head) => act(layer, Number(head)), { class: "ex-choice ex-heads" }).root);
    this.root = element("div", { class: `ex-maps ${config.heads > 1 ? "is-many" : "is-one"}` }, ...layers,
      element("p", { class: "ex-hint" }, "Each row is a position that looks, each column one that is looked at. The "
        + "last row is the readout's: its weights are the lines above, and the percentages say where they lie."));
    onTheme(() => this.root.isConnected && this.patterns && this.show(this.patterns, this.address, this.gone));
  }

  // `gone` has the heads that are cut, as "1.3" (see cuts.js).
  show(patterns, address, gone) {
    Object.assign(this, { patterns, address, gone });
    const written = getComputedStyle(this.root).getPropertyValue("--ex-weight"); // six hexadecimal digits
    const colour = written.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
    const { count, cells } = this, last = patterns.length - 1;
    this.maps.forEach((maps, layer) => maps.forEach(({ canvas, words, name }, head) => {
      const pattern = patterns[layer][head], at = (count - 1) * count;
      const image = new ImageData(count, count);
      pattern.forEach((weight, i) => image.data.set([...colour, Math.round(255 * weight)], 4 * i));
      canvas.getContext("2d").putImageData(image, 0, 0);
      const share = layer === last ? pattern[at + address]
        : pattern.subarray(at + cells, at + count).reduce((sum, weight) => sum + weight, 0);
      const cut = gone.has(`${layer + 1}.${head + 1}`);
      words.textContent = `${name}: ${percent(share)}${cut ? ", cut" : ""}`;
      canvas.classList.toggle("is-cut", cut);
    }));
    this.hints.forEach((one, layer) => {
      one.textContent = `weight on ${layer === last ? `cell ${address}` : "the address"}`;
    });
  }
}
