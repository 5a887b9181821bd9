"""Section "Sources and models": a card for each model that the book returns to, from the configurations it trains."""

import torch

from deref.experiment import Experiment
from deref.figures.thumbnail import thumbnail
from deref.lm.model import language_model
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.sections.ch07.own_size.small import TASK, two
from deref.sections.shared import book_records
from deref.sections.shared.book_models import EXAMPLES, model_x
from deref.sections.shared.models import LARGE, fetch, gather, gather_waves, large_32, legible_8, runs, shown
from deref.train.config import TrainConfig
from evidence.results.card import Card
from evidence.unavailable import Absent

ABOUT = {
    legible_8: "Small, and where it solves the task its map shows the pointer.",
    large_32: "Chosen to be hard to read: it solves the task, and its maps leave most of the lookup out.",
    fetch: "The run of legible-8 under another name: each bit waits in its cell until the address is known.",
    gather: "Carries cells to the readout before the address is known, and picks one of them there.",
    gather_waves: "As gather, with fixed waves for positions: some of its seeds gather and some fetch.",
}
"""The named models of the book, trained on the pointer task, and what readers should know of each."""


def cards() -> tuple[Card, ...]:
    """The cards of all named models; those that the book trains for its own pages have a map of the seed shown."""
    return (
        *(_trained(one, about) for one, about in ABOUT.items()),
        _book("model-n", "model N", "The transformer that Inductive Biases in Neural Networks writes out in NumPy, "
              "at eight cells.", TASK.M, two.config.train, _many(len(two.seeds), "seed")),
        _book("model-x", "model X", "The transformer of the same book that is written to be read, at 32 cells.",
              LARGE.M, model_x(LARGE.M).train, _recorded("x")),
        _published(),
    )


def sizes(shape: ModelConfig) -> tuple[str, ...]:
    """What a shape says of a model, in words, with its parameters counted."""
    model = Transformer(shape, seeds=(0,))
    count = sum(parameter.numel() for parameter in model.parameters())
    behind = f"MLPs of {shape.mlp:,} units" if shape.mlp else "attention only"
    return (_many(shape.layers, "layer"), f"{_many(shape.heads, 'head')} a layer", f"width {shape.width}", behind,
            f"{shape.positions} positions", f"{count:,} parameters")


def _trained(one: Experiment, about: str) -> Card:
    seeds = [seed for run in runs(one) for seed in run.seeds]
    member = shown(one)
    seen = readout_map(member.coverage.pattern[-1, member.index])
    return Card(id=one.name, title=one.name, about=about, map=thumbnail(seen.numpy()), facts=(
        _many(member.task.M, "cell"), *sizes(one.config.model), _many(len(seeds), "seed")))


def _book(name: str, title: str, about: str, cells: int, train: TrainConfig, seeds: str) -> Card:
    return Card(id=name, title=title, about=about, facts=(
        _many(cells, "cell"), *sizes(train.model), f"{EXAMPLES:,} examples", seeds))


def _recorded(part: str) -> str:
    """How many seeds of an arm that is called like its part are released; which command trains it, if none is."""
    try:
        return _many(len(book_records.finals(part, part)), "seed")
    except Absent as reason:
        return f"no seed is released, {reason}"


def _published() -> Card:
    try:
        shape = language_model().shape
        facts = (_many(shape.layers, "layer"), f"{_many(shape.heads, 'head')} a layer", f"width {shape.width}",
                 f"MLPs of {shape.mlp:,} units", f"{shape.vocab:,} tokens", "one set of weights")
    except Absent as reason:
        facts = (f"not in this build: {reason}",)
    return Card(id="smollm2", title="SmolLM2", about="A small language model for English, trained by others on text.",
                facts=facts)


def readout_map(patterns: torch.Tensor) -> torch.Tensor:
    """What the heads of a layer have in view at the readout: for every address and position the largest weight.

    Args:
        patterns: (head, address, position).

    Returns:
        (address, position).
    """
    return patterns.amax(0)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
