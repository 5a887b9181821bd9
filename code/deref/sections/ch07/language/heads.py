"""Section "A real language model": where its heads look, and which are induction and previous-token heads."""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from deref.figures.style import subplots
from deref.lm.baseline import baseline, watch_edges
from deref.lm.model import language_model
from deref.lm.repeats import first_edges, induction_edges, previous_edges, random_repeats
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.figures import Drawing, needs_model, score_maps
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

SELECTED_ON = range(100, 105)
"""Heads are ranked on these random sequences, and measured on others."""

SELECTED = f"ranked by the mean over {len(SELECTED_ON)} sequences, counted from 0"

SEEDS = range(10)
TOP = 8


class Edges(NamedTuple):
    """A kind of edges that heads may look along."""

    kind: str  # as in `scores`
    what: str  # they lead to


EDGES = {edges.kind: edges for edges in (
    Edges("induction", "what followed the last time"), Edges("previous", "the token before"))}


@cache
def scores(seeds: range) -> dict[str, Tensor]:
    """Weight of every head on three kinds of edges, on average over random sequences.

    Args:
        seeds: one for each sequence.

    Returns:
        For "induction", "previous" and "first": (layer, head, sequence).
    """
    model, found = language_model(), {"induction": [], "previous": [], "first": []}
    tokens = random_repeats(seeds, model.shape.vocab)
    edges = {"induction": induction_edges, "previous": previous_edges, "first": first_edges}
    layers = range(model.shape.layers)
    baseline(model, tokens, *(watch_edges(edges[name](len(tokens)), layers, found[name]) for name in found))
    return {name: torch.stack(layers).transpose(1, 2) for name, layers in found.items()}  # layer, head, sequence


def ranked(kind: str) -> list[Head]:
    """All heads by their weight on a kind of edges, largest first, on the sequences kept for choosing.

    Args:
        kind: of edges, as in `scores`.
    """
    found = scores(SELECTED_ON)[kind].mean(-1)
    order = found.flatten().argsort(descending=True, stable=True).tolist()
    return [Head(*divmod(i, found.shape[1])) for i in order]


def induction_heads() -> list[Head]:
    """The eight heads that look most at what followed the last time."""
    return ranked("induction")[:TOP]


@result.each(EDGES, "lm.{edges}.score", title="Weight of the strongest head on {member.what}", format=".2f")
def score(store: Store, edges: Edges) -> Estimate:
    layer, head = ranked(edges.kind)[0]
    return mean_t(scores(SEEDS)[edges.kind][layer, head].numpy(), "sequences", (0, 1))


@result.each(EDGES, "lm.{edges}.layer", title="The layer of the head with most weight on {member.what}", format="d")
def layer_of_the_strongest(store: Store, edges: Edges) -> Estimate:
    return exact(ranked(edges.kind)[0].layer, SELECTED)


@result.each(EDGES, "lm.{edges}.head", title="The head of the head with most weight on {member.what}", format="d")
def head_of_the_strongest(store: Store, edges: Edges) -> Estimate:
    return exact(ranked(edges.kind)[0].head, SELECTED)


@result("lm.bos.share", title="Weight on the first token, mean over all heads", format=".0%")
def bos(store: Store) -> Estimate:
    return mean_t(scores(SEEDS)["first"].mean((0, 1)).numpy(), "sequences", (0, 1))


@needs_model
def heads() -> Drawing:
    """Every head's weight on the token before, and on what followed the last time."""
    figure, axes = subplots(1, 2, height=4.2, sharey=True)
    found = {kind: scores(SEEDS)[kind].mean(-1).numpy() for kind in ("previous", "induction")}
    return figure, score_maps(figure, axes, found, ("on the token before", "on what followed"))
