"""Section "A real language model": what "it" looks at, and what reads the answer, in sentences of two wordings."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from deref.figures.style import subplots
from deref.lm.baseline import baseline, cut, watch_edges
from deref.lm.model import causal_layout, language_model
from deref.lm.words import Words
from deref.sections.ch07.language.figures import Drawing, moves, needs_model
from deref.sections.ch07.language.texts import WORDINGS, Wording
from evidence.results import clustered, exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store


class Reader(NamedTuple):
    """A word from which something may look at the two things."""

    key: str
    what: str


READERS = {"it": Reader("it", '"it"'), "answer": Reader("answer", "the word before the answer")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Audit:
    """Every sentence in both wordings: the first and the second wording of a sentence are neighbours in the batch.

    Args:
        margins: logit of the first thing above that of the second, by what was cut: "none", or one of `READERS`.
        on_first, on_second: weight from a reader on a thing, (layer, head, sentence), by reader.
    """

    margins: dict[str, Float[Tensor, "sentence"]]
    on_first: dict[str, Float[Tensor, "layer head sentence"]]
    on_second: dict[str, Float[Tensor, "layer head sentence"]]


@cache
def audit() -> Audit:
    """Run all sentences whole, and with the edges from each reader to both things cut in every layer and head."""
    model = language_model()
    words, layers = model.words, range(model.shape.layers)
    asked = [(one, which) for one in WORDINGS for which in (0, 1)]
    tokens = words.batch([one.question(which) for one, which in asked])
    size = tokens.shape[1]
    readers = {"it": torch.tensor([len(words.tokens(one.start)) for one, _ in asked]),
               "answer": torch.tensor([len(words.tokens(one.question(which))) for one, which in asked])}
    things = [_places(words, [one for one, _ in asked], size, part) for part in ("first", "second")]
    edges = {reader: [_edges(at, thing) for thing in things] for reader, at in readers.items()}
    found: dict[str, list[list[Tensor]]] = {reader: [[], []] for reader in READERS}
    taps = [watch_edges(edges[r][i], layers, found[r][i]) for r in READERS for i in (0, 1)]
    clean = baseline(model, tokens, *taps)
    ends = sorted(set(readers["answer"].tolist()))
    at = torch.tensor([ends.index(end) for end in readers["answer"].tolist()])
    rows = torch.arange(len(tokens))
    named = [torch.tensor([words.tokens(thing)[0] for thing in pair])
             for pair in zip(*((one.first, one.second) for one, _ in asked), strict=True)]

    def margin(logits: Tensor) -> Tensor:
        return logits[rows, at, named[0]] - logits[rows, at, named[1]]

    margins = {"none": margin(clean.logits(ends))}
    for reader in READERS:
        tap = cut(edges[reader][0] | edges[reader][1], layers)
        margins[reader] = margin(model(tokens, causal_layout(size, ends), tap=tap)[0])
    on = [{r: torch.stack(found[r][i]).transpose(1, 2) for r in READERS} for i in (0, 1)]
    return Audit(margins=margins, on_first=on[0], on_second=on[1])


def _places(words: Words, wordings: list[Wording], size: int, part: str) -> Bool[Tensor, "sentence key"]:
    """Where a thing stands in each sentence, all of its tokens; its first mention, before "it"."""
    places = torch.zeros(len(wordings), size, dtype=torch.bool)
    for row, one in enumerate(wordings):
        before, thing = one.start.split(getattr(one, part))[0], words.tokens(getattr(one, part))
        start = 1 + len(words.tokens(before))
        places[row, start : start + len(thing)] = True
    return places


def _edges(readers: Tensor, keys: Bool[Tensor, "sentence key"]) -> Bool[Tensor, "sentence query key"]:
    reading = readers[:, None] == torch.arange(keys.shape[1])
    return reading[:, :, None] & keys[:, None, :]


def _pairs(values: Tensor) -> np.ndarray:
    """The mean over the two wordings of each sentence (sentence,)."""
    return values.double().unflatten(-1, (-1, 2)).mean(-1).numpy()


def right() -> np.ndarray:
    """Whether the thing that is meant gets the higher logit, for every wording in turn."""
    meant = torch.tensor([1.0, -1.0]).repeat(len(WORDINGS))
    return (audit().margins["none"] * meant > 0).double().numpy()


@result("lm.it.same", format=".0e",
        title='Largest difference between the weights from "it" in the two wordings, over all heads and both things')
def same(store: Store) -> Estimate:
    found = audit()
    gaps = [(x["it"][..., 0::2] - x["it"][..., 1::2]).abs().max().item() for x in (found.on_first, found.on_second)]
    return exact(max(gaps), f"largest over {len(WORDINGS)} sentences, both things and all heads")


@result("lm.it.right", title='Wordings in which the model gives the thing that "it" means the higher logit',
        format=".0%")
def resolved(store: Store) -> Estimate:
    return clustered(right(), np.arange(len(WORDINGS)).repeat(2), "sentences")


@result("lm.it.wordings", title='Wordings read to see what "it" means', format="d")
def wordings(store: Store) -> Estimate:
    return exact(2 * len(WORDINGS), "counted")


@result("lm.it.changes", title="Sentences whose two wordings get different answers", format=".0%")
def changes(store: Store) -> Estimate:
    first, second = (audit().margins["none"].unflatten(0, (-1, 2)) > 0).T
    return mean_t((first != second).double().numpy(), "sentences", (0, 1))


def shifts(reader: str) -> np.ndarray:
    """How far the answer moves when a reader cannot see the things (sentence,).

    Args:
        reader: a key of `READERS`.
    """
    found = audit().margins
    return _pairs((found[reader] - found["none"]).abs())


@result.each(READERS, "lm.{reader}.weight", title="Weight from {member.what} on the two things, mean over heads",
             format=".3f")
def weight_on_the_things(store: Store, reader: Reader) -> Estimate:
    found = audit()
    on_both = found.on_first[reader.key] + found.on_second[reader.key]
    return mean_t(_pairs(on_both.mean((0, 1))), "sentences", (0, 1))


@result.each(READERS, "lm.{reader}.cut", format=".2f",
             title="How far the logit difference moves when {member.what} cannot look at the two things")
def moved_by_a_cut(store: Store, reader: Reader) -> Estimate:
    return mean_t(shifts(reader.key), "sentences")


@result("lm.it.beyond-tenth", format=".2f", title='How far the logit difference moves when "it" cannot look, less a '
        "tenth of how far it moves when the word before the answer cannot")
def beyond_tenth(store: Store) -> Estimate:
    return mean_t(shifts("it") - shifts("answer") / 10, "sentences")


@needs_model
def edges() -> Drawing:
    """For every sentence, how far the answer moves when "it", or the word before the answer, cannot see the things."""
    figure, ax = subplots(height=7.6)
    moved = {reader: shifts(reader) for reader in READERS}
    things = [f"{one.first.strip()}, {one.second.strip()}" for one in WORDINGS]
    return figure, moves(ax, things, {'from "it"': moved["it"], "from the word before the answer": moved["answer"]})
