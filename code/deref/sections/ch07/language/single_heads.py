"""Section "A real language model": every head switched off by itself, read from a released record."""

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.figures.style import subplots
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.figures import weight_against_cost
from deref.sections.ch07.language.repeats import BARELY
from evidence.results import exact, result, spearman
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

RECORD = "4765e4edb3a6f5a0436aa63f640def7e043a2fe1f8225a7ad21389ab6bb7bfff"
"""The checksum of the record, as `deref sweep lm-heads` prints it."""

STRONG = 0.05
"""Heads with more weight than this on what followed the last time look there more than by chance."""


@cache
def columns() -> dict[str, np.ndarray]:
    """The record: one entry a head in every column, and `random_share`, the cost as a share of the gain."""
    record = SweepRecord.read(record_path("lm-heads"), RECORD)
    found = {name: np.array(column) for name, column in record.columns.items()}
    return {**found, "random_share": found["random_cost"] / found["random_gain"]}


def mattering(share: float) -> list[Head]:
    """The heads without which this share of the gain is lost, or won, at least; block by block."""
    found = columns()
    return [Head(int(layer), int(head)) for layer, head, lost in zip(
        found["layer"], found["head"], found["random_share"], strict=True) if abs(lost) >= share]


def _strong() -> np.ndarray:
    return columns()["induction_weight"] > STRONG


@result("lm.effect.rank", format=".2f",
        title="Rank correlation of a head's weight on what followed with what losing it costs, all heads")
def rank(store: Store) -> Estimate:
    found = columns()
    return spearman(found["induction_weight"], found["random_share"], "heads")


@result("lm.effect.rank-strong", format=".2f", title="Rank correlation of a head's weight on "
        "what followed with what losing it costs, heads alone that look at what followed at all")
def rank_strong(store: Store) -> Estimate:
    found, some = columns(), _strong()
    return spearman(found["induction_weight"][some], found["random_share"][some], "heads")


@result("lm.effect.strong", title="Heads that look at what followed the last time at all", format="d")
def strong(store: Store) -> Estimate:
    return exact(int(_strong().sum()), "heads with more than a twentieth of their weight there")


@result("lm.effect.heads", title="Heads of the language model", format="d")
def heads(store: Store) -> Estimate:
    return exact(len(columns()["head"]), "counted")


@result("lm.effect.more", title="Heads whose loss costs more than a twentieth of what repetition gains", format="d")
def more(store: Store) -> Estimate:
    return exact(int((columns()["random_share"] > BARELY).sum()), "counted, mean over sequences")


@result("lm.effect.unseen", format="d",
        title="Of these, heads that have hardly any weight on what followed the last time")
def unseen(store: Store) -> Estimate:
    found = columns()
    return exact(int(((found["random_share"] > BARELY) & ~_strong()).sum()), "counted, mean over sequences")


def effects() -> tuple[Figure, dict[str, list]]:
    """Every head: how much it looks at what followed the last time, and what losing it costs."""
    found = columns()
    figure, ax = subplots(height=3.8)
    names = [str(Head(int(layer), int(head))) for layer, head in zip(found["layer"], found["head"], strict=True)]
    note(ax, "a large effect\nwith little weight", (0.24, 0.36))
    note(ax, "much weight,\na small effect", (0.95, 0.06))
    return figure, weight_against_cost(ax, names, found["induction_weight"], found["random_share"], named=4)
