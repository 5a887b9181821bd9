"""Section "A real language model": what single heads are worth to a margin, and whether the others cover for one."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from deref.figures.language import costs_by_head, costs_by_number
from deref.figures.style import subplots
from deref.lm.baseline import baseline
from deref.lm.margins import margins
from deref.lm.model import load
from deref.lm.repeats import AGAIN, random_repeats
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.language import (
    BARELY,
    DRAWS,
    FIRST,
    KINDS,
    SELECTED_ON,
    TOP,
    Drawing,
    answers,
    induction_heads,
    matched,
    needs_model,
    units,
)
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

NUMBERS = (1, 2, 4, TOP)


def gain(kind: str) -> float:
    """What repetition adds to the margin, mean over sequences."""
    return (answers(kind).margin - answers(kind, where=FIRST).margin).mean()


def cost(kind: str, *without: Head) -> np.ndarray:
    """The share of the gain that is lost without some heads (sequence,)."""
    return (answers(kind).margin - answers(kind, without).margin) / gain(kind)


def random_cost(kind: str, number: int) -> np.ndarray:
    """The cost of losing random heads of the same layers, on average over draws."""
    return np.mean([cost(kind, *matched(draw)[:number]) for draw in range(DRAWS)], axis=0)


def singles(kind: str) -> np.ndarray:
    """The cost of losing each of the eight induction heads (head, sequence)."""
    return np.stack([cost(kind, head) for head in induction_heads()])


@cache
def costliest() -> Head:
    """The induction head without which most is lost on the sequences that are kept for choosing."""
    tokens = random_repeats(SELECTED_ON, load().shape.vocab)
    run = baseline(load(), tokens)
    left = [margins(run.logits(AGAIN, without=[head]), tokens, AGAIN).mean().item() for head in induction_heads()]
    return induction_heads()[int(np.argmin(left))]


def written(kind: str) -> np.ndarray:
    """What each of the eight heads contributes itself, as shares of the gain (head, sequence)."""
    return answers(kind).written / gain(kind)


def made_up(kind: str) -> np.ndarray:
    """How much more the other seven contribute when one of the eight is lost, added up over the eight (sequence,)."""
    more = []
    for i, head in enumerate(induction_heads()):
        change = answers(kind, (head,)).written - answers(kind).written
        more.append(np.delete(change, i, axis=0).sum(0))
    return np.sum(more, axis=0) / gain(kind)


def _declare(kind: str, what: str) -> None:
    def put(key: str, title: str, values: Callable[[], np.ndarray], form: str = ".1%", unit: str = "") -> None:
        @result(f"lm.{kind}.margin.{key}", title=f"{title}, {what} repeated", format=form, unit=unit)
        def measured(store: Store) -> Estimate:
            return mean_t(values(), units(kind))

    put("first", "Margin of the right token on what comes for the first time",
        lambda: answers(kind, where=FIRST).margin, ".1f")
    put("again", "Margin of the right token on the repeat", lambda: answers(kind).margin, ".1f")
    put("costliest", "Share of the margin's gain lost without the head that cost most on other sequences",
        lambda: cost(kind, costliest()))
    put("median", "Share of the margin's gain lost without one of eight induction heads, their median",
        lambda: np.median(singles(kind), axis=0))
    put("sum", "Shares of the margin's gain lost without each of eight induction heads, added up",
        lambda: singles(kind).sum(0))
    put("joint", "Share of the margin's gain lost without eight induction heads at once",
        lambda: cost(kind, *induction_heads()))
    put("surplus", "What losing eight induction heads at once costs the margin beyond the sum of losing each",
        lambda: cost(kind, *induction_heads()) - singles(kind).sum(0))
    put("chance", "Share of the margin's gain lost without eight random heads of the same layers",
        lambda: random_cost(kind, TOP))
    put("written", "Share of the margin's gain that eight induction heads contribute themselves",
        lambda: written(kind).sum(0))
    put("made-up", "How much more of the margin's gain the other seven contribute when one of the eight is lost, added "
        "up over the eight", lambda: made_up(kind))

    @result(f"lm.{kind}.margin.barely", format="d",
            title=f"Of eight induction heads, how many barely matter to the margin, {what} repeated")
    def barely(store: Store) -> Estimate:
        upper = [mean_t(one, units(kind)).ci[1] for one in singles(kind)]
        return exact(sum(end < BARELY for end in upper), "heads whose whole interval is below a twentieth of the gain")


for _kind, _what in KINDS.items():
    _declare(_kind, _what)


@needs_model
def one_by_one() -> Drawing:
    """What each of the eight heads costs alone, on both kinds of repeats."""
    figure, ax = subplots(height=3.4)
    found = {what: [mean_t(one, units(kind)) for one in singles(kind)] for kind, what in KINDS.items()}
    return figure, costs_by_head(ax, [str(head) for head in induction_heads()], found, BARELY)


@needs_model
def together() -> Drawing:
    """What the strongest heads cost together, against their sum and against random heads."""
    figure, axes = subplots(1, 2, height=3.2, sharey=True)

    def lines(kind: str) -> dict[str, Sequence[float]]:
        alone = singles(kind).mean(1)
        return {"at once": [cost(kind, *induction_heads()[:n]).mean() for n in NUMBERS],
                "added up": [alone[:n].sum() for n in NUMBERS],
                "random heads": [random_cost(kind, n).mean() for n in NUMBERS]}

    return figure, costs_by_number(axes, NUMBERS, {what: lines(kind) for kind, what in KINDS.items()})
