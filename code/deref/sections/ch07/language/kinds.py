"""Section "A real language model": heads that matter in one kind of text, and heads with one kind of work."""

from functools import cache

import numpy as np
from torch import Tensor

from deref.figures.language import share_map
from deref.figures.style import subplots
from deref.lm.cases import Batch, batch_of
from deref.lm.model import load
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.language import AGAIN, FIRST, Drawing, induction_heads, loss, needs_model
from deref.sections.ch07.language.texts import FUNCTIONS, SELECTED_ON
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

TITLES = {"brackets": "a bracket to close", "quotes": "a quotation to close", "agreement": "a verb and its subject",
          "names": "a name said twice and one said once"}


@cache
def batch(name: str, held_out: bool) -> Batch:
    """The cases of a function, those that heads are chosen on or those that they are judged on."""
    groups = FUNCTIONS[name][SELECTED_ON:] if held_out else FUNCTIONS[name][:SELECTED_ON]
    return batch_of(load(), [case for group in groups for case in group])


@cache
def weights(name: str, held_out: bool) -> tuple[Tensor, Tensor]:
    """As `Batch.weights`."""
    return batch(name, held_out).weights()


@cache
def specialist(name: str) -> Head:
    """The head that, where sentences break off, looks most at the piece that decides; chosen on the first groups."""
    found = weights(name, False)[0].mean(-1)
    return Head(*divmod(int(found.argmax()), found.shape[1]))


@cache
def margins(name: str, without: tuple[Head, ...] = ()) -> np.ndarray:
    """Right logit minus wrong one for each held-out group (group,)."""
    return _grouped(batch(name, True).margins(without))


def _grouped(values: Tensor) -> np.ndarray:
    return values.double().unflatten(0, (len(FUNCTIONS["brackets"]) - SELECTED_ON, -1)).mean(1).numpy()


def lost(name: str, *without: Head) -> np.ndarray:
    """The share of the margin that is lost without some heads (group,)."""
    return (margins(name) - margins(name, without)) / margins(name).mean()


def _declare(name: str, what: str) -> None:
    def put(key: str, title: str, values, form: str, bounds: tuple[int, int] | None = None) -> None:
        @result(f"lm.{name}.{key}", title=f"{title}: {what}", format=form)
        def measured(store: Store) -> Estimate:
            return mean_t(values(), "groups of sentences", bounds)

    def weight(which: int) -> np.ndarray:
        layer, head = specialist(name)
        return _grouped(weights(name, True)[which][layer, head])

    put("margin", "Logit of the right token above that of the wrong one", lambda: margins(name), ".1f")
    put("weight", "Weight of the chosen head on the piece that decides", lambda: weight(0), ".2f", (0, 1))
    put("excess", "Weight of the chosen head on the piece that decides, beyond its mean weight on any other piece",
        lambda: weight(0) - weight(1), ".2f", (-1, 1))
    put("lost", "Share of the margin lost without the chosen head", lambda: lost(name, specialist(name)), ".0%")
    put("unrelated", "Share of the margin lost without the strongest induction head",
        lambda: lost(name, induction_heads()[0]), ".0%")

    for part, field in (("layer", 0), ("head", 1)):
        def place(part: str = part, field: int = field) -> None:
            @result(f"lm.{name}.{part}", title=f"The {part} of the chosen head: {what}", format="d")
            def number(store: Store) -> Estimate:
                return exact(specialist(name)[field], f"largest mean over {SELECTED_ON} other groups, counted from 0")
        place()


for _name, _what in TITLES.items():
    _declare(_name, _what)


@result("lm.specialists", title="Different heads among those chosen for four kinds of work", format="d")
def specialists(store: Store) -> Estimate:
    return exact(len({specialist(name) for name in FUNCTIONS}), "counted")


def _declare_context(key: str, what: str, where: range) -> None:
    @result(f"lm.context.{key}", title=f"What losing the strongest induction head costs in {what}", format=".3f",
            unit="nats")
    def rise(store: Store) -> Estimate:
        return mean_t(loss("text", (induction_heads()[0],), None, where) - loss("text", where=where), "passages")


_declare_context("first", "passages read for the first time", FIRST)
_declare_context("again", "the same passages read again", AGAIN)


@needs_model
def work() -> Drawing:
    """The share of each margin that is lost without each chosen head, and without the strongest induction head."""
    figure, ax = subplots(height=3.2)
    heads = list(dict.fromkeys([*(specialist(name) for name in FUNCTIONS), induction_heads()[0]]))
    shares = np.array([[lost(name, head).mean() for name in FUNCTIONS] for head in heads])
    return figure, share_map(figure, ax, shares, [str(head) for head in heads], list(FUNCTIONS))
