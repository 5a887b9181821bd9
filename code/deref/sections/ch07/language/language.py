"""Section "A real language model": its induction heads, one by one and together."""

from dataclasses import dataclass
from functools import cache, wraps

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.figures.language import score_maps
from deref.figures.style import subplots
from deref.lm.baseline import TextRun, baseline, losses, watch_edges
from deref.lm.margins import contributions, margins
from deref.lm.model import load
from deref.lm.repeats import (
    AGAIN,
    FIRST,
    first_edges,
    induction_edges,
    previous_edges,
    random_repeats,
    text_repeats,
)
from deref.model.taps import Site, read
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.texts import PASSAGES
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.unavailable import Absent

SELECTED_ON = range(100, 105)
"""Heads are ranked on these random sequences, and measured on others."""

SEEDS = range(10)
TOP, DRAWS = 8, 2
KINDS = {"random": "random tokens", "text": "passages of text"}
BARELY = 0.05
"""A head barely matters if less than this share of what repetition gains is lost without it."""


@cache
def scores(seeds: range) -> dict[str, Tensor]:
    """Weight of every head (layer, head) on three kinds of edges, on average over random sequences."""
    model, found = load(), {"induction": [], "previous": [], "first": []}
    tokens = random_repeats(seeds, model.shape.vocab)
    edges = {"induction": induction_edges, "previous": previous_edges, "first": first_edges}
    layers = range(model.shape.layers)
    baseline(model, tokens, *(watch_edges(edges[name](len(tokens)), layers, found[name]) for name in found))
    return {name: torch.stack(layers).transpose(1, 2) for name, layers in found.items()}  # layer, head, sequence


def ranked(kind: str) -> list[Head]:
    """All heads by their weight on a kind of edges, largest first, on the sequences kept for choosing."""
    found = scores(SELECTED_ON)[kind].mean(-1)
    order = found.flatten().argsort(descending=True, stable=True).tolist()
    return [Head(*divmod(i, found.shape[1])) for i in order]


def induction_heads() -> list[Head]:
    """The eight heads that look most at what followed the last time."""
    return ranked("induction")[:TOP]


@cache
def clean(kind: str) -> TextRun:
    """The clean run on repeats of one kind."""
    model = load()
    tokens = random_repeats(SEEDS, model.shape.vocab) if kind == "random" else text_repeats(PASSAGES, model.words)
    return baseline(model, tokens)


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What the model says with some heads off.

    Args:
        loss: in nats a token, mean over the readouts, (sequence,).
        margin: as `deref.lm.margins.margins`, likewise.
        written: what each of the eight induction heads contributes itself, as `deref.lm.margins.contributions`.
    """

    loss: Float[np.ndarray, "sequence"]
    margin: Float[np.ndarray, "sequence"]
    written: Float[np.ndarray, "head sequence"]


@cache
def answers(kind: str, without: tuple[Head, ...] = (), nodes: range | None = None, where: range = AGAIN) -> Answers:
    """Run one kind of repeats with some heads off at some nodes, and read it."""
    run, fetched = clean(kind), {}
    sites = {Site("z", layer) for layer, _ in induction_heads()}
    logits = run.logits(where, without=without, nodes=nodes, tap=read(sites, into=fetched))
    said = (losses(logits, run.tokens, where), margins(logits, run.tokens, where),
            contributions(run, induction_heads(), where, fetched))
    loss, margin, written = (x.double().mean(-1).numpy() for x in said)
    return Answers(loss=loss, margin=margin, written=written)


def loss(kind: str, without: tuple[Head, ...] = (), nodes: range | None = None, where: range = AGAIN) -> np.ndarray:
    """The loss of each sequence (sequence,), in nats a token, with some heads off at some nodes."""
    return answers(kind, without, nodes, where).loss


def cost(kind: str, *without: Head, nodes: range | None = None) -> np.ndarray:
    """How much the loss on the second half rises without some heads, as a share of what repetition gains."""
    gain = (loss(kind, where=FIRST) - loss(kind)).mean()
    return (loss(kind, without, nodes) - loss(kind)) / gain


@cache
def matched(draw: int) -> tuple[Head, ...]:
    """Random heads, one from the layer of each of the eight, none of them or of the heads before."""
    generator, heads = torch.Generator().manual_seed(draw), load().shape.heads
    chosen: list[Head] = []
    for layer, _ in induction_heads():
        free = [h for i in range(heads) if (h := Head(layer, i)) not in (*induction_heads(), *chosen)]
        chosen.append(free[int(torch.randint(len(free), (), generator=generator))])
    return tuple(chosen)


def random_cost(kind: str, number: int) -> np.ndarray:
    """The cost of losing random heads of the same layers, on average over draws."""
    return np.mean([cost(kind, *matched(draw)[:number]) for draw in range(DRAWS)], axis=0)


def units(kind: str) -> str:
    return "sequences" if kind == "random" else "passages"


def _declare_kind(kind: str, what: str) -> None:
    def put(key: str, title: str, values, form: str = ".1%", unit: str = "") -> None:
        @result(f"lm.{kind}.{key}", title=f"{title}, {what} repeated", format=form, unit=unit)
        def measured(store: Store) -> Estimate:
            return mean_t(values(), units(kind))

    put("first", "Loss on what comes for the first time", lambda: loss(kind, where=FIRST), ".2f", "nats")
    put("again", "Loss on the repeat", lambda: loss(kind), ".2f", "nats")
    put("strongest", "Share of the gain lost without the one of eight induction heads that costs most",
        lambda: max((cost(kind, head) for head in induction_heads()), key=np.mean))
    put("median", "Share of the gain lost without one of eight induction heads, their median",
        lambda: np.median([cost(kind, head) for head in induction_heads()], axis=0))
    put("sum", "Shares of the gain lost without each of eight induction heads, added up",
        lambda: np.sum([cost(kind, head) for head in induction_heads()], axis=0))
    put("joint", "Share of the gain lost without eight induction heads at once",
        lambda: cost(kind, *induction_heads()))
    put("surplus", "What losing eight induction heads at once costs beyond the sum of losing each",
        lambda: cost(kind, *induction_heads()) - np.sum([cost(kind, h) for h in induction_heads()], axis=0))
    put("chance", "Share of the gain lost without eight random heads of the same layers",
        lambda: random_cost(kind, TOP))

    @result(f"lm.{kind}.barely", title=f"Of eight induction heads, how many barely matter, {what} repeated", format="d")
    def barely(store: Store) -> Estimate:
        upper = [mean_t(cost(kind, head), units(kind)).ci[1] for head in induction_heads()]
        return exact(sum(end < BARELY for end in upper), "heads whose whole interval is below a twentieth of the gain")


for _kind, _what in KINDS.items():
    _declare_kind(_kind, _what)


def _declare_scores(kind: str, what: str) -> None:
    @result(f"lm.{kind}.score", title=f"Weight of the strongest head on {what}", format=".2f")
    def score(store: Store) -> Estimate:
        layer, head = ranked(kind)[0]
        return mean_t(scores(SEEDS)[kind][layer, head].numpy(), "sequences", (0, 1))

    for part, field in (("layer", 0), ("head", 1)):
        def put(part: str = part, field: int = field) -> None:
            @result(f"lm.{kind}.{part}", title=f"The {part} of the head with most weight on {what}", format="d")
            def place(store: Store) -> Estimate:
                return exact(ranked(kind)[0][field], f"largest mean over {len(SELECTED_ON)} sequences, counted from 0")
        put()


_declare_scores("induction", "what followed the last time")
_declare_scores("previous", "the token before")


@result("lm.bos.share", title="Weight on the first token, mean over all heads", format=".0%")
def bos(store: Store) -> Estimate:
    return mean_t(scores(SEEDS)["first"].mean((0, 1)).numpy(), "sequences", (0, 1))


Drawing = tuple[Figure | Absent, dict[str, list]]


def needs_model(draw):
    """A figure of the language model: where there is none, the reason why stands in its place."""

    @wraps(draw)
    def drawn(*arguments) -> Drawing:
        try:
            load()
        except Absent as reason:
            return reason, {}
        return draw(*arguments)

    return drawn


@needs_model
def heads() -> Drawing:
    """Every head's weight on the token before, and on what followed the last time."""
    figure, axes = subplots(1, 2, height=4.2, sharey=True)
    found = {kind: scores(SEEDS)[kind].mean(-1).numpy() for kind in ("previous", "induction")}
    return figure, score_maps(figure, axes, found, ("on the token before", "on what followed"))
