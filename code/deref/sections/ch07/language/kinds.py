"""Section "A real language model": heads that matter in one kind of text, and heads with one kind of work."""

from functools import cache
from typing import NamedTuple

import numpy as np
from torch import Tensor

from deref.figures.style import subplots
from deref.lm.cases import Batch, batch_of
from deref.lm.model import language_model
from deref.lm.repeats import AGAIN, FIRST
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.figures import Drawing, needs_model, share_map
from deref.sections.ch07.language.heads import induction_heads
from deref.sections.ch07.language.repeats import TEXT, loss
from deref.sections.ch07.language.texts import FUNCTIONS, SELECTED_ON
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

UNITS = "groups of sentences"


class Work(NamedTuple):
    """A kind of work whose success can be scored."""

    name: str  # as in `FUNCTIONS`
    what: str


WORK = {work.name: work for work in (
    Work("brackets", "a bracket to close"), Work("quotes", "a quotation to close"),
    Work("agreement", "a verb and its subject"), Work("names", "a name said twice and one said once"))}


@cache
def batch(name: str, held_out: bool) -> Batch:
    """The cases of a function, those that heads are chosen on or those that they are judged on.

    Args:
        name: of the work.
        held_out: whether those to judge by are wanted.
    """
    groups = FUNCTIONS[name][SELECTED_ON:] if held_out else FUNCTIONS[name][:SELECTED_ON]
    return batch_of(language_model(), [case for group in groups for case in group])


@cache
def weights(name: str, held_out: bool) -> tuple[Tensor, Tensor]:
    """As `Batch.weights`, on the cases that `batch` gives."""
    return batch(name, held_out).weights()


@cache
def specialist(name: str) -> Head:
    """The head that, where sentences break off, looks most at the piece that decides; chosen on the first groups.

    Args:
        name: of the work.
    """
    found = weights(name, False)[0].mean(-1)
    return Head(*divmod(int(found.argmax()), found.shape[1]))


@cache
def margins(name: str, without: tuple[Head, ...] = ()) -> np.ndarray:
    """Right logit minus wrong one for each held-out group (group,).

    Args:
        name: of the work.
        without: heads that are off.
    """
    return _grouped(batch(name, True).margins(without))


def chosen_weights(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the chosen head on the piece that decides, and its mean weight on any other piece, each (group,).

    Args:
        name: of the work.
    """
    layer, head = specialist(name)
    on_the_piece, on_others = (_grouped(found[layer, head]) for found in weights(name, True))
    return on_the_piece, on_others


def _grouped(values: Tensor) -> np.ndarray:
    return values.double().unflatten(0, (len(FUNCTIONS["brackets"]) - SELECTED_ON, -1)).mean(1).numpy()


def lost(name: str, *without: Head) -> np.ndarray:
    """The share of the margin that is lost without some heads (group,).

    Args:
        name: of the work.
        *without: the heads.
    """
    return (margins(name) - margins(name, without)) / margins(name).mean()


@result.each(WORK, "lm.{work}.layer", title="The layer of the chosen head: {member.what}", format="d")
def layer_of_the_chosen(store: Store, work: Work) -> Estimate:
    return exact(specialist(work.name).layer, f"largest mean over {SELECTED_ON} other groups, counted from 0")


@result.each(WORK, "lm.{work}.head", title="The head of the chosen head: {member.what}", format="d")
def head_of_the_chosen(store: Store, work: Work) -> Estimate:
    return exact(specialist(work.name).head, f"largest mean over {SELECTED_ON} other groups, counted from 0")


@result.each(WORK, "lm.{work}.margin", title="Logit of the right token above that of the wrong one: {member.what}",
             format=".1f")
def margin(store: Store, work: Work) -> Estimate:
    return mean_t(margins(work.name), UNITS)


@result.each(WORK, "lm.{work}.weight", title="Weight of the chosen head on the piece that decides: {member.what}",
             format=".2f")
def weight_on_the_piece(store: Store, work: Work) -> Estimate:
    on_the_piece, _ = chosen_weights(work.name)
    return mean_t(on_the_piece, UNITS, (0, 1))


@result.each(WORK, "lm.{work}.excess", format=".2f",
             title="Weight of the chosen head on the piece that decides, beyond its mean weight on any other piece: "
                   "{member.what}")
def excess_on_the_piece(store: Store, work: Work) -> Estimate:
    on_the_piece, on_others = chosen_weights(work.name)
    return mean_t(on_the_piece - on_others, UNITS, (-1, 1))


@result.each(WORK, "lm.{work}.lost", title="Share of the margin lost without the chosen head: {member.what}",
             format=".0%")
def lost_without_the_chosen(store: Store, work: Work) -> Estimate:
    return mean_t(lost(work.name, specialist(work.name)), UNITS)


@result.each(WORK, "lm.{work}.unrelated",
             title="Share of the margin lost without the strongest induction head: {member.what}", format=".0%")
def lost_without_induction(store: Store, work: Work) -> Estimate:
    return mean_t(lost(work.name, induction_heads()[0]), UNITS)


@result("lm.specialists", title="Different heads among those chosen for four kinds of work", format="d")
def specialists(store: Store) -> Estimate:
    return exact(len({specialist(name) for name in FUNCTIONS}), "counted")


def rise(where: range) -> np.ndarray:
    """How much the loss of each passage rises without the strongest induction head (passage,), in nats.

    Args:
        where: the readouts.
    """
    return loss(TEXT, (induction_heads()[0],), None, where) - loss(TEXT, where=where)


@result("lm.context.first", unit="nats", format=".3f",
        title="What losing the strongest induction head costs in passages read for the first time")
def rise_at_first(store: Store) -> Estimate:
    return mean_t(rise(FIRST), "passages")


@result("lm.context.again", unit="nats", format=".3f",
        title="What losing the strongest induction head costs in the same passages read again")
def rise_again(store: Store) -> Estimate:
    return mean_t(rise(AGAIN), "passages")


@needs_model
def work() -> Drawing:
    """The share of each margin that is lost without each chosen head, and without the strongest induction head."""
    figure, ax = subplots(height=3.2)
    heads = list(dict.fromkeys([*(specialist(name) for name in FUNCTIONS), induction_heads()[0]]))
    shares = np.array([[lost(name, head).mean() for name in FUNCTIONS] for head in heads])
    return figure, share_map(figure, ax, shares, [str(head) for head in heads], list(FUNCTIONS))
