// "Recompute here" on the page of a result. Without this script a sentence says what it would do.

import { compare, precision, rests, written } from "./words.js";

const IDLE = "Recompute here", BUSY = "Stop";

const load = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be fetched: the server said ${answer.status}`);
  return answer.json();
};

const make = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });

class Here {
  constructor(box) {
    this.address = new URL(box.dataset.recipe, document.baseURI);
    this.button = Object.assign(make("button", IDLE), { type: "button" });
    this.progress = make("span");
    this.said = make("div"); // present from the start, or screen readers do not hear what comes into it
    this.said.setAttribute("role", "status");
    const row = make("p");
    row.append(this.button, " ", this.progress);
    box.append(row, this.said);
    this.button.addEventListener("click", () => {
      if (this.worker) this.end("Stopped; nothing was compared.");
      else this.begin();
    });
  }

  async begin() {
    this.button.textContent = BUSY;
    this.done = "";
    this.say("Computing \u2026");
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "recompute" });
    this.worker = worker; // of two that were begun and stopped, only the last may speak
    const begun = performance.now();
    this.clock = setInterval(() => this.tell((performance.now() - begun) / 1000), 1000);
    worker.onerror = () => this.end("The computation could not start in this browser.");
    try {
      const [recipe, record] = await Promise.all([load(this.address), load(new URL("record.json", document.baseURI))]);
      if (worker !== this.worker) return;
      if (recipe.models.some(({ address }) => !record.runs.some((run) => run.address === address))) {
        this.end("Not compared: the record is of other runs than the weights of this site.");
        return;
      }
      worker.onmessage = ({ data }) => this.hear(data, recipe, record);
      worker.postMessage({ recipe, root: new URL(".", this.address).href });
    } catch (error) {
      if (worker === this.worker) this.end(`Not compared: ${error.message}.`);
    }
  }

  hear({ done, all, found, seconds, refused }, recipe, record) {
    if (refused) this.end(`${refused} Nothing was compared.`);
    else if (found) this.finish(found, seconds, recipe, record);
    else this.done = all === 1 ? `${Math.floor(100 * done)}%, ` : `${Math.floor(done)} of ${all} seeds, `;
  }

  // How far it is, for the eye; what a screen reader says is in `said`.
  tell(seconds) {
    this.progress.textContent = `${this.done}${seconds.toFixed(0)} s`;
  }

  finish({ value, seeds }, seconds, recipe, record) {
    const verdict = compare(value, record, recipe.close);
    const interval = record.ci ? ` (${record.ci.map((end) => written(end, record)).join(" to ")})` : "";
    const head = make("p");
    head.append(make("strong", `${verdict[0].toUpperCase()}${verdict.slice(1)}.`), ` Here: ${written(value, record)}. `
      + `The record: ${written(record.value, record)}${interval}. It took ${seconds.toFixed(1)} seconds.`);
    this.end(head, make("p", `${rests(recipe, seeds)} ${precision(recipe, record)}`));
    this.said.dataset.verdict = verdict;
  }

  end(...parts) {
    this.worker.terminate();
    this.worker = null;
    clearInterval(this.clock);
    this.button.textContent = IDLE;
    this.progress.textContent = "";
    this.say(...parts);
  }

  say(...parts) {
    delete this.said.dataset.verdict;
    this.said.replaceChildren(...parts.map((part) => (typeof part === "string" ? make("p", part) : part)));
  }
}

for (const box of document.querySelectorAll("[data-recipe]")) new Here(box);
