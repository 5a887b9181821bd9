// What explorables say of the models that can be chosen: name, size, how well each does, and what fetching it costs.

import { element, hint, percent } from "./dom.js";

export const weight = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)}\u00a0kB` : `${(bytes / 1e6).toFixed(1)}\u00a0MB`);

const COUNTS = ["no", "one", "two", "three", "four"];

export function score({ solved, right }) {
  return solved ? "solved" : `stuck at ${percent(right)} right`;
}

// The options of a choice among models; `files` says which have to be fetched first. One that a reader has trained has
// no file, and nobody has counted its right answers.
export function options(models, files) {
  return models.map((told) => {
    const { bytes, late } = files[told.file] ?? {}, { layers } = told.config;
    const words = [`${told.cells} cells`, layers !== 2 && `${COUNTS[layers] ?? layers} ${layers === 1 ? "layer" : "layers"}`,
      told.right !== undefined && score(told)].filter(Boolean).join(", ");
    return [told.name, element("span", {}, `${told.title}: `,
      hint(late ? `${words}; fetches ${weight(bytes)}` : words))];
  });
}
