"""Pointers followed by models that were trained until little changed any more.

The task and the model are those of `hops.py`, whose runs end after 800 steps. Here a run has five times
as many, and its learning rate falls to zero; it ends before only if every seed answers nearly all questions. Layers
have four heads: of three seeds with one head and one layer (100 to 102), two did not learn even one hop in that time.
"""

from dataclasses import replace
from typing import Any

import torch

from deref.experiment import Experiment, experiment
from deref.sections.ch06.hops.hops import HOPS, RECIPE, TASK
from deref.sweep import Table, sweep
from deref.train.hops import HopsConfig
from evidence.runs import Run, Store

DEPTHS, HEADS, SEEDS, STEPS = (1, 2), 4, range(20, 28), 4_000
_PROBE_SEED, _MEMORIES = 8_000_009, 512  # of the questions that accuracy is measured on; no training draws them


def _point(layers: int) -> Experiment:
    recipe = replace(RECIPE, task=TASK, model=replace(RECIPE.model, layers=layers, heads=HEADS), steps=STEPS,
                     schedule="cosine", eval_every=200)
    return experiment(f"converged-{layers}", config=HopsConfig(train=recipe), seeds=SEEDS,
                      about=f"One to four hops, {layers} layers of {HEADS} heads, causal mask, {STEPS:,} steps.")


POINTS = [_point(layers) for layers in DEPTHS]


@torch.no_grad()
def accuracies(run: Run) -> list[list[float]]:
    """The share of questions that each seed answers rightly after each number of hops, on memories of their own."""
    task = run.config.train.task
    memory = task.sample_memory(_MEMORIES, torch.Generator().manual_seed(_PROBE_SEED))
    answers = run.model(task.trie_tokens(memory), task.layout("trie")).argmax(-1)
    right = (answers == task.oracle(memory)).double()
    return right.unflatten(-1, (len(task.hops), -1)).mean((1, 3)).tolist()


@sweep("hops", experiments=POINTS,
       about="One to four hops with one layer and with two, trained until little changed, eight seeds a point.")
def hops(store: Store) -> Table:
    """One row for each point and seed: its shape, the steps that it took, and its accuracy on each number of hops."""
    rows: list[dict[str, Any]] = []
    for one in POINTS:
        run, recipe = one.run(store), one.config.train
        for seed, found in zip(run.seeds, accuracies(run), strict=True):
            rows.append(dict(layers=recipe.model.layers, seed=seed, steps=int(run.history.step[-1]), **{
                f"h{k}": round(value, 6) for k, value in zip(HOPS, found, strict=True)}))
    return {name: [row[name] for row in rows] for name in rows[0]}
