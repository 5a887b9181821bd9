// One seed trains here, away from the page. Takes orders, in `what`:
//   start    { recipe, seed, every, pace }  begins; `pace` is steps a second at most, 0 for as fast as it goes
//   go, halt, pace { pace }
//   advance  { steps }                      takes that many steps, then halts
//   rewind   { step, other }                goes back to a checkpoint and halts; `other` seeds other batches from there
//   pack     { name }                       the model as it is now
// and posts { frame }, a measurement; { rewound }, a step; { packed }; after the last step { frame } with `done`.

import { Random } from "./random.js";
import { KEPT } from "./settings.js";
import { Trainer } from "./trainer.js";

let run = null;

const orders = {
  start({ recipe, seed, every, pace }) {
    run = { trainer: new Trainer(recipe, seed), every, pace, left: Infinity, going: false };
    measure();
    begin();
  },
  go() {
    run.left = Infinity;
    begin();
  },
  halt() {
    run.left = 0;
  },
  pace({ pace }) {
    run.pace = pace;
  },
  advance({ steps }) {
    run.left = steps;
    begin();
  },
  rewind({ step, other }) {
    run.left = 0;
    const rewound = run.trainer.rewind(step);
    if (other) run.trainer.random = new Random(other);
    self.postMessage({ rewound });
  },
  pack({ name }) {
    const packed = { ...run.trainer.parameters.pack(name), step: run.trainer.step };
    self.postMessage({ packed }, [packed.bytes]);
  },
};

self.onmessage = ({ data }) => orders[data.what](data);

// Trains a stretch at a time; orders come in between.
async function begin() {
  if (run.going) return;
  run.going = true;
  const { trainer, every } = run;
  while (run.left > 0 && !trainer.done) {
    const begun = performance.now(), from = trainer.step, stretch = Math.min(run.left, every - (from % every));
    for (let i = 0; i < stretch; i += 1) trainer.advance();
    run.left -= stretch;
    if (trainer.step % every === 0 || run.left === 0) measure();
    if (trainer.step % (every * KEPT) === 0) trainer.keep();
    const due = run.pace ? 1000 * stretch / run.pace : 0;
    await new Promise((next) => { setTimeout(next, Math.max(0, begun + due - performance.now())); });
  }
  run.going = false;
}

function measure() {
  const { trainer, every } = run, whole = trainer.step % (2 * every) === 0 || trainer.step % every !== 0;
  const frame = { ...trainer.measure(whole), done: trainer.done };
  self.postMessage({ frame }, [frame.looks.buffer]);
}
