// The workers of one training, a worker a seed, and what they have measured.

import { SOLVED, everyOf } from "./settings.js";

export class Crew {
  // `heard(member, frame)` is called for every measurement, `failed(text)` where a worker cannot go on.
  constructor(recipe, seeds, pace, heard, failed) {
    Object.assign(this, { recipe, every: everyOf(recipe), heard, going: true });
    this.members = seeds.map((seed, index) => {
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: `seed ${seed}` });
      const member = { seed, index, worker, frames: [], waiting: null };
      worker.onmessage = ({ data }) => this.take(member, data);
      worker.onerror = (event) => failed(event.message ?? "the worker did not start");
      worker.postMessage({ what: "start", recipe, seed, every: this.every, pace });
      return member;
    });
  }

  take(member, { frame, rewound, packed }) {
    if (packed) member.waiting?.(packed);
    else if (rewound !== undefined) member.rewinding = false;
    else if (!member.rewinding) { // what was measured before the order came is of a past that is given up
      member.frames.push(frame);
      this.heard(member, frame);
    }
  }

  order(what, more = {}) {
    for (const { worker } of this.members) worker.postMessage({ what, ...more });
  }

  go() {
    this.going = true;
    this.order("go");
  }

  halt() {
    this.going = false;
    this.order("halt");
  }

  advance(steps) {
    this.order("advance", { steps });
  }

  // Goes back to a step that is a checkpoint; with `other`, other batches follow than did.
  rewind(step, other) {
    this.going = false;
    for (const member of this.members) {
      member.rewinding = true;
      member.frames = member.frames.filter((frame) => frame.step <= step);
      member.worker.postMessage({ what: "rewind", step, other: other && other + member.seed });
    }
  }

  // The model of a member as it is now, as `Parameters.pack` gives it.
  pack(member, name) {
    return new Promise((done) => {
      member.waiting = done;
      member.worker.postMessage({ what: "pack", name });
    });
  }

  stop() {
    this.going = false;
    for (const { worker } of this.members) worker.terminate();
  }

  get done() {
    return this.members.every(({ frames }) => frames.at(-1)?.done);
  }

  // The last step that every member has been measured at.
  get step() {
    return Math.min(...this.members.map(({ frames }) => frames.at(-1)?.step ?? 0));
  }
}

// The step at which a member was first seen above the bar, or null; one that falls back later has not solved the task.
export function solvedAt({ frames }) {
  const last = frames.at(-1);
  return last?.accuracy > SOLVED ? frames.find((frame) => frame.accuracy > SOLVED).step : null;
}

// The last measurement at or before a step.
export const frameAt = ({ frames }, step) => frames.findLast((frame) => frame.step <= step) ?? frames[0];
