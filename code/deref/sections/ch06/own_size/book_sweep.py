"""The sweep `book`: what *Inductive Biases in Neural Networks* trained, at its own size, over seeds.

It has parts, each with a record of its own. Runs are of a few seeds each, so that what has ended is kept; a record
holds the runs that the store has when it is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from deref.experiment import Experiment, experiment
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.sections.ch06.stream.losses import stream_losses
from deref.sections.shared.book_models import EXAMPLES, WARMUP, book_mlp, model_n, model_p, model_x
from deref.sections.shared.book_weights import PART, rounded
from deref.sweep import Table, sweep
from deref.tasks.bit_stream import BitStreamTask
from deref.tasks.fan_out import FanOutTask
from deref.tasks.supervision import SupervisedPointer
from deref.tasks.two_hop import TwoHopTask
from evidence.runs import Store

TEN, FEW = (range(10),), (range(3), range(3, 5), range(5, 10))
"""Seeds of the runs of an arm: all in one run where it takes a minute, in three runs where it takes several."""
FIVE = tuple(range(seed, seed + 1) for seed in range(5))
"""One seed a run, where a run takes long."""
SOLVED = 0.999
"""The held-out accuracy at which an arm stops that stops when it has solved the task."""
_ARM = ("seed", "arm")
"""The columns that say what a row of most tables is of."""


@dataclass(frozen=True)
class Part:
    """A part of the sweep.

    Args:
        about: what it is for, in one sentence.
        arms: by name, what is trained.
        seeds: those of each run.
    """

    about: str
    arms: Mapping[str, Any]
    seeds: tuple[range, ...] = FEW

    def experiments(self) -> list[Experiment]:
        """The runs, those of the first seeds first."""
        return [_run(arm, config, seeds) for seeds in self.seeds for arm, config in self.arms.items()]


def _sink(asked: Any, **given: Any) -> Any:
    """The recipe "kitchen sink": wider, four heads, learned positions, warm-up."""
    return model_n(asked, width=128, heads=4, positions="learned", **{"steps": 8_000, "warmup": WARMUP, **given})


small = partial(model_n, 8, width=32, steps=2_000, eval_every=50)
hop = partial(model_n, TwoHopTask(M=8), width=32, steps=2_500, eval_every=50)
base = {"base-16": model_n(16)}
PARTS = {
    "at-8": Part("Eight cells: one layer, two, two heads, two MLPs, and what keeps a solution.", {
        "one-8": small(layers=1), "two-8": small(), "two-heads-8": small(heads=2), "eps-8": small(eps=1e-5),
        "mlp-64-8": book_mlp(8, hidden=64, steps=2_000, eval_every=50),
        "mlp-128-8": book_mlp(8, hidden=128, steps=2_000, eval_every=50)}, TEN),
    "stop-8": Part("Eight cells, two layers, ended when they have solved the task.", {
        "stop-8": small(stop_at=SOLVED)}, tuple(range(seed, seed + 1) for seed in range(10))),
    "two-hop": Part("A pointer followed twice, by one, two and three layers.", {
        "hop-one": hop(layers=1), "hop-two": hop(), "hop-three": hop(layers=3)}, TEN),
    "mlp": Part("The MLP from 8 to 64 cells, and with fewer examples at 16.", {
        **{f"mlp-{cells}": book_mlp(cells) for cells in (8, 16, 24, 32, 48, 64)},
        "mlp-few-16": book_mlp(16, fixed_examples=5_000), "mlp-wide-48": book_mlp(48, hidden=512),
        "mlp-fresh-48": book_mlp(48, fixed_examples=None)}, TEN),
    "scale": Part("Sixteen cells: the embedding's size against the positions'.", {
        **base, "start-25-16": model_n(16, token_std=25 * 0.02), "times-root-16": model_n(16, token_scale=8.0),
        "learned-16": model_n(16, positions="learned")}),
    "supervision": Part("Sixteen cells: loss at every position, the last one weighted, a token that asks.", {
        **base, "every-16": model_n(SupervisedPointer(M=16, kind="every")),
        "weighted-16": model_n(SupervisedPointer(M=16, kind="every"), last_weight=10.0),
        "query-16": model_n(SupervisedPointer(M=16, kind="query"))}),
    "variants": Part("Sixteen cells: one change of the architecture each.", {
        **base, "layers-3-16": model_n(16, layers=3), "layers-4-16": model_n(16, layers=4),
        "width-128-16": model_n(16, width=128), "no-mask-16": model_n(SupervisedPointer(M=16, kind="both")),
        "mlp-512-16": model_n(16, mlp=512), "heads-4-16": model_n(16, heads=4),
        "learned-16": model_n(16, positions="learned")}),
    "data": Part("Sixteen cells: a quarter of the examples.", {**base, "few-16": model_n(16, fixed_examples=5_000)}),
    "recipes": Part("Sixteen cells: other recipes.", {
        **base, "warmup-16": model_n(16, warmup=WARMUP), "clip-16": model_n(16, clip=1.0),
        "batch-16": model_n(16, batch=128, steps=1_500, eval_every=125),
        "long-16": model_n(16, steps=20_000, eval_every=1_000), "slow-16": model_n(16, lr=3e-4),
        "fast-16": model_n(16, lr=3e-3)}),
    "sizes": Part("Two layers of one head from 8 to 64 cells, sinusoidal positions.", {
        **base, **{f"base-{cells}": model_n(cells) for cells in (8, 24, 32, 48, 64)}}),
    "learned": Part("Learned positions alone, at 24 and 32 cells.", {
        f"learned-{cells}": model_n(cells, positions="learned") for cells in (24, 32)}),
    "x": Part("The three-layer model that chapter 7 reads, to .995 or 40,000 steps.", {"x": model_x()}, FIVE),
    "depth-32": Part("Thirty-two cells, 40,000 steps: two layers and three, on fixed examples and on fresh ones.", {
        f"{name}-{layers}": model_p(32, layers=layers, steps=40_000, fixed_examples=examples)
        for name, examples in (("depth", EXAMPLES), ("fresh", None)) for layers in (2, 3)}, FIVE),
    "kitchen-sink": Part("The kitchen-sink recipe at 16, 24 and 32 cells.", {
        f"sink-{cells}": _sink(cells) for cells in (16, 24, 32)}, FIVE),
    "fan-out": Part("The same with 24 of 32 cells asked for, and with 24 cells and a sixth address bit.", {
        "fan-32-of-24": _sink(FanOutTask(M=32, asked=24, A=5)), "fan-24-six": _sink(FanOutTask(M=24, asked=24, A=6))},
        FIVE),
    "starts-32": Part("Model P with layers that start unequal, and model X from torch's own start.", {
        "unequal-2": model_p(32, layers=2, steps=40_000, start="independent"),
        "unequal-3": model_p(32, layers=3, steps=40_000, start="independent"),
        "x-default": model_x(steps=60_000, start="default")}, FIVE),
    "sweep-32": Part("Thirty-two cells, 15,000 steps: twice as wide, a third layer, both.", {
        "sweep-2": model_p(32, layers=2, steps=15_000),
        "sweep-2-wide": model_p(32, layers=2, steps=15_000, width=256, heads=8),
        "sweep-3": model_p(32, layers=3, steps=15_000),
        "sweep-3-wide": model_p(32, layers=3, steps=15_000, width=256, heads=8)}, FIVE),
    "sink-long": Part("The kitchen-sink recipe at 32 cells for 30,000 steps.", {
        "sink-32-long": _sink(32, steps=30_000, eval_every=1_000)}, FIVE),
}

_RUNS: dict[str, Experiment] = {}


def _run(arm: str, config: Any, seeds: range) -> Experiment:
    """The run of some seeds of an arm; arms that several parts have are one."""
    name = f"book-{arm}-s{seeds[0]}"
    if name not in _RUNS:
        _RUNS[name] = experiment(name, config=config, seeds=seeds, about=f"The sweep book, arm {arm}.")
    return _RUNS[name]


def curves(experiments: Iterable[Experiment], store: Store) -> Table:
    """One row for each seed and evaluation of the runs that the store has: training loss and held-out accuracy."""
    rows: list[dict[str, Any]] = []
    for one in experiments:
        if not store.has(one.config, one.seeds):
            continue
        run, arm = one.run(store), one.name.removeprefix("book-").rpartition("-s")[0]
        for seed, losses, shares in zip(run.seeds, run.history.loss.tolist(), run.history.accuracy.tolist(),
                                       strict=True):
            rows += [dict(arm=arm, seed=seed, step=step, loss=round(loss, 4), accuracy=round(share, 4))
                     for step, loss, share in zip(run.history.step.tolist(), losses, shares, strict=True)]
    return {name: [row[name] for row in rows] for name in ("arm", "seed", "step", "loss", "accuracy")}


def _declare(name: str, part: Part) -> None:
    """Declare one part."""
    experiments = part.experiments()

    @sweep("book", part=name, about=part.about, experiments=experiments, rows_by=_ARM)
    def columns(store: Store) -> Table:
        return curves(experiments, store)


for _name, _part in PARTS.items():
    _declare(_name, _part)


STREAMS = {
    name: model_n(BitStreamTask(), width=width, positions="learned", steps=5_000, fixed_examples=None, eval_every=500,
                  eval_memories=256) for name, width in (("small", 64), ("wide", 128))}
_STREAMS = [_run(f"stream-{name}", config, seeds) for seeds in FIVE for name, config in STREAMS.items()]


@sweep("book", part="stream", experiments=_STREAMS, rows_by=_ARM,
       about="The recursive bit stream that small transformers are said not to learn, 5,000 steps.")
def streams(store: Store) -> Table:
    """One row for each seed: its loss on fresh streams, on the bits that pointers repeat, and what guesses lose."""
    rows: list[dict[str, Any]] = []
    for one in _STREAMS:
        if store.has(one.config, one.seeds):
            run, arm = one.run(store), one.name.removeprefix("book-stream-").rpartition("-s")[0]
            rows += [dict(arm=arm, seed=seed, **{name: round(value, 4) for name, value in found.items()})
                     for seed, found in zip(run.seeds, stream_losses(run), strict=True)]
    return {name: [row[name] for row in rows] for name in ("arm", "seed", "loss", "guess", "pointed", "coin")}


@sweep("book", part=PART, experiments=PARTS["x"].experiments(), rows_by=("seed",),
       about="The weights of the three-layer model, rounded, of the seeds that have ended.")
def weights_x(store: Store) -> Table:
    """One row for each seed: its weights, and the share of right answers that it gives before rounding."""
    runs = [one.run(store) for one in PARTS["x"].experiments() if store.has(one.config, one.seeds)]
    columns = [rounded(run.model) for run in runs]
    right = [accuracy(run.model, run.config.task, probe_memories(run.config.task)).tolist() for run in runs]
    return {"seed": [seed for run in runs for seed in run.seeds],
            "right": [round(value, 6) for shares in right for value in shares],
            **{name: np.concatenate([one[name] for one in columns]) for name in columns[0]}}
