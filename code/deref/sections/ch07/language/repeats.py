"""Section "A real language model": the loss on repeats, and what it costs to lose induction heads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from deref.lm.baseline import TextRun, baseline, losses
from deref.lm.margins import contributions, margins
from deref.lm.model import language_model
from deref.lm.repeats import AGAIN, FIRST, random_repeats, text_repeats
from deref.model.taps import Site, read
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.heads import SEEDS, TOP, induction_heads
from deref.sections.ch07.language.texts import PASSAGES
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

DRAWS = 2
BARELY = 0.05
"""A head barely matters if less than this share of what repetition gains is lost without it."""


class Kind(NamedTuple):
    """A kind of text that is read twice."""

    what: str
    units: str  # of inference


Cost = Callable[..., np.ndarray]
"""From a kind of repeats, and heads, to what each sequence loses without them."""

RANDOM, TEXT = Kind("random tokens", "sequences"), Kind("passages of text", "passages")
KINDS = {"random": RANDOM, "text": TEXT}


@cache
def _clean(kind: Kind) -> tuple[TextRun, dict[Site, Tensor]]:
    """The clean run on repeats of one kind, and what the heads of the eight's layers fetch in it."""
    model, fetched = language_model(), {}
    tokens = random_repeats(SEEDS, model.shape.vocab) if kind is RANDOM else text_repeats(PASSAGES, model.words)
    return baseline(model, tokens, read({Site("z", layer) for layer, _ in induction_heads()}, into=fetched)), fetched


def clean(kind: Kind) -> TextRun:
    """The clean run on repeats of one kind.

    Args:
        kind: of repeats.
    """
    return _clean(kind)[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What the model answers with some heads off.

    Args:
        loss: in nats a token, mean over the readouts, (sequence,).
        margin: as `deref.lm.margins.margins`, likewise.
        written: what each of the eight induction heads contributes itself, as `deref.lm.margins.contributions`.
    """

    loss: Float[np.ndarray, "sequence"]
    margin: Float[np.ndarray, "sequence"]
    written: Float[np.ndarray, "head sequence"]


def answers(kind: Kind, without: tuple[Head, ...] = (), nodes: range | None = None, where: range = AGAIN) -> Answers:
    """Run one kind of repeats with some heads off at some nodes, and read it.

    Args:
        kind: of repeats.
        without: the heads that are off.
        nodes: where they are off; None means everywhere.
        where: the readouts.
    """
    return _answers(kind, without, nodes, where)


@cache  # which takes an argument that is named for another one
def _answers(kind: Kind, without: tuple[Head, ...], nodes: range | None, where: range) -> Answers:
    run, own = _clean(kind)
    # Blocks before the first head that is off do what they did, and a tap on them would have them run again.
    first, fetched = min((layer for layer, _ in without), default=run.model.shape.layers), dict(own)
    behind = [Site("z", layer) for layer, _ in induction_heads() if layer >= first]
    logits = run.logits(where, without=without, nodes=nodes, tap=read(behind, into=fetched) if behind else None)
    by_token = (losses(logits, run.tokens, where), margins(logits, run.tokens, where),
                contributions(run, induction_heads(), where, fetched))
    loss, margin, written = (x.double().mean(-1).numpy() for x in by_token)
    return Answers(loss=loss, margin=margin, written=written)


def loss(kind: Kind, without: tuple[Head, ...] = (), nodes: range | None = None, where: range = AGAIN) -> np.ndarray:
    """The loss of each sequence (sequence,), in nats a token; arguments as in `answers`."""
    return answers(kind, without, nodes, where).loss


def cost(kind: Kind, *without: Head, nodes: range | None = None) -> np.ndarray:
    """How much the loss on the second half rises without some heads, as a share of what repetition gains.

    Args:
        kind: of repeats.
        *without: the heads that are off.
        nodes: where they are off; None means everywhere.
    """
    gain = (loss(kind, where=FIRST) - loss(kind)).mean()
    return (loss(kind, without, nodes) - loss(kind)) / gain


@cache
def matched(draw: int) -> tuple[Head, ...]:
    """Random heads, one from the layer of each of the eight, none of them or of the heads before.

    Args:
        draw: its number.
    """
    generator, heads = torch.Generator().manual_seed(draw), language_model().shape.heads
    chosen: list[Head] = []
    for layer, _ in induction_heads():
        free = [h for i in range(heads) if (h := Head(layer, i)) not in (*induction_heads(), *chosen)]
        chosen.append(free[int(torch.randint(len(free), (), generator=generator))])
    return tuple(chosen)


def random_cost(cost: Cost, kind: Kind, number: int) -> np.ndarray:
    """The cost of losing random heads of the same layers, on average over draws (sequence,).

    Args:
        cost: of losing heads.
        kind: of repeats.
        number: of heads.
    """
    return np.mean([cost(kind, *matched(draw)[:number]) for draw in range(DRAWS)], axis=0)


def singles(cost: Cost, kind: Kind) -> Float[np.ndarray, "head sequence"]:
    """The cost of losing each of the eight induction heads.

    Args:
        cost: of losing heads.
        kind: of repeats.
    """
    return np.stack([cost(kind, head) for head in induction_heads()])


@result.each(KINDS, "lm.{kind}.first", title="Loss on what comes for the first time, {member.what} repeated",
             unit="nats", format=".2f")
def loss_at_first(store: Store, kind: Kind) -> Estimate:
    return mean_t(loss(kind, where=FIRST), kind.units)


@result.each(KINDS, "lm.{kind}.again", title="Loss on the repeat, {member.what} repeated", unit="nats", format=".2f")
def loss_on_the_repeat(store: Store, kind: Kind) -> Estimate:
    return mean_t(loss(kind), kind.units)


@result.each(KINDS, "lm.{kind}.strongest",
             title="Share of the gain lost without the one of eight induction heads that costs most, "
                   "{member.what} repeated")
def lost_without_the_strongest(store: Store, kind: Kind) -> Estimate:
    return mean_t(max(singles(cost, kind), key=np.mean), kind.units)


@result.each(KINDS, "lm.{kind}.median",
             title="Share of the gain lost without one of eight induction heads, their median, {member.what} repeated")
def lost_without_one(store: Store, kind: Kind) -> Estimate:
    return mean_t(np.median(singles(cost, kind), axis=0), kind.units)


@result.each(KINDS, "lm.{kind}.sum",
             title="Shares of the gain lost without each of eight induction heads, added up, {member.what} repeated")
def lost_one_by_one(store: Store, kind: Kind) -> Estimate:
    return mean_t(singles(cost, kind).sum(0), kind.units)


@result.each(KINDS, "lm.{kind}.joint",
             title="Share of the gain lost without eight induction heads at once, {member.what} repeated")
def lost_at_once(store: Store, kind: Kind) -> Estimate:
    return mean_t(cost(kind, *induction_heads()), kind.units)


@result.each(KINDS, "lm.{kind}.surplus",
             title="What losing eight induction heads at once costs beyond the sum of losing each, "
                   "{member.what} repeated")
def surplus(store: Store, kind: Kind) -> Estimate:
    return mean_t(cost(kind, *induction_heads()) - singles(cost, kind).sum(0), kind.units)


@result.each(KINDS, "lm.{kind}.chance",
             title="Share of the gain lost without eight random heads of the same layers, {member.what} repeated")
def lost_without_random_heads(store: Store, kind: Kind) -> Estimate:
    return mean_t(random_cost(cost, kind, TOP), kind.units)


@result.each(KINDS, "lm.{kind}.barely", format="d",
             title="Of eight induction heads, how many barely matter, {member.what} repeated")
def barely(store: Store, kind: Kind) -> Estimate:
    upper = [mean_t(one, kind.units).ci[1] for one in singles(cost, kind)]
    return exact(sum(end < BARELY for end in upper), "heads whose whole interval is below a twentieth of the gain")
