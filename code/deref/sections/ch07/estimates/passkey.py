"""Section "Two more questions for the language model": a key found in a long text, from a released record."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.estimates.passkey_sweep import DEPTHS, DIGITS, DRAWS, LENGTHS
from evidence.results import clustered, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord, record_path

RECORD = "dcd07d8779669030b9ad2c97c1e5a70f55d2875489f044c7b27f4c0c7d338845"
"""The checksum of the record, as `deref sweep lm-passkey` prints it."""

FILLERS = {"grass": "among sentences about grass", "keys": "among other people's keys"}
PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}
WHERE = {"start": "at the start", "middle": "in the middle", "end": "at the end"}


class Text(NamedTuple):
    """What is around the key, and how long it is with it."""

    filler: str
    length: int

    @property
    def what(self) -> str:
        """In words."""
        return FILLERS[self.filler]


TEXTS = {(filler, str(length)): Text(filler, length) for filler in FILLERS for length in LENGTHS}


@cache
def columns() -> dict[str, Float[np.ndarray, "filler length depth draw"]]:
    """The record: how many digits were found, and the log probability of the key."""
    record = SweepRecord.read(record_path("lm-passkey"), RECORD)
    shape = (len(FILLERS), len(LENGTHS), len(DEPTHS), len(DRAWS))
    return {name: np.array(record.columns[name], dtype=float).reshape(shape) for name in ("digits", "log_probability")}


def _found(text: Text) -> Float[np.ndarray, "depth draw"]:
    at = [*FILLERS].index(text.filler), LENGTHS.index(text.length)
    return columns()["digits"][at] == DIGITS


def _surprise(filler: str, length: int) -> Float[np.ndarray, "depth draw"]:
    """By how many nats the key is unexpected."""
    return -columns()["log_probability"][[*FILLERS].index(filler), LENGTHS.index(length)]


@result.each(TEXTS, "passkey.{filler}.found-{length}", format=".0%",
             title="Keys found whole in a text of {member.length} tokens, {member.what}")
def found(store: Store, text: Text) -> Estimate:
    """At three places; draws of the key are the units."""
    held = _found(text).astype(float)
    return clustered(held.flatten(), np.tile(np.arange(len(DRAWS)), len(DEPTHS)), "draws")


@result.each(TEXTS, "passkey.{filler}.surprise-{length}", format=".2f", unit="nats",
             title="How unexpected the key is in a text of {member.length} tokens, {member.what}")
def surprise(store: Store, text: Text) -> Estimate:
    return mean_t(_surprise(*text).mean(0), "draws")


@result.each({filler: Text(filler, LENGTHS[-1]) for filler in FILLERS}, "passkey.{filler}.longer", format=".2f",
             unit="nats",
             title="How much more unexpected the key is in the longest text than in the shortest, {member.what}")
def longer(store: Store, longest: Text) -> Estimate:
    return mean_t((_surprise(*longest) - _surprise(longest.filler, LENGTHS[0])).mean(0), "draws")


@result.each(WHERE, "passkey.keys.{place}", format=".2f", unit="nats",
             title="How unexpected a key {member} is among other people's keys, mean over lengths")
def by_place(store: Store, where: str) -> Estimate:
    at = [*WHERE.values()].index(where)
    return mean_t(np.mean([_surprise("keys", length)[at] for length in LENGTHS], axis=0), "draws")


@result("passkey.company", format=".2f", unit="nats",
        title="How much more unexpected a key is among other people's keys than among sentences about grass")
def company(store: Store) -> Estimate:
    """Mean over lengths and places."""
    more = [_surprise("keys", length) - _surprise("grass", length) for length in LENGTHS]
    return mean_t(np.mean(more, axis=(0, 1)), "draws")


@result.each({place: place for place in ("start", "end")}, "passkey.keys.middle-{place}", format=".2f", unit="nats",
             title="How much more unexpected a key in the middle of other people's keys is than one at their {member}")
def middle(store: Store, place: str) -> Estimate:
    """Mean over lengths."""
    at = DEPTHS.index(PLACES[place])
    more = [_surprise("keys", length)[1] - _surprise("keys", length)[at] for length in LENGTHS]
    return mean_t(np.mean(more, axis=0), "draws")


def recall() -> tuple[Figure, dict[str, list]]:
    """How unexpected the key is, by length and place, among sentences about grass and among other keys."""
    figure, axes = subplots(1, 2, height=3.0, sharey=True)
    data: dict[str, list] = {"filler": [], "place": [], "length": [], "surprise": [], "low": [], "high": []}
    for ax, (filler, what) in zip(axes, FILLERS.items(), strict=True):
        for i, (place, colour, mark) in enumerate(zip(WHERE, ("blue", "vermilion", "green"), "os^", strict=True)):
            means = [mean_t(_surprise(filler, length)[i], "draws") for length in LENGTHS]
            values = np.array([one.value for one in means])
            low, high = np.array([one.ci for one in means]).T
            ax.errorbar(LENGTHS, values, yerr=(values - low, high - values), color=PALETTE[colour], marker=mark,
                        label=WHERE[place], capsize=2)
            for column, entries in zip(data.values(), ([filler] * len(LENGTHS), [place] * len(LENGTHS), LENGTHS,
                                                       *(np.round(x, 6).tolist() for x in (values, low, high))),
                                       strict=True):
                column += entries
        ax.set_xscale("log", base=2)
        ax.set_xticks(LENGTHS, LENGTHS)
        ax.set(title=what, xlabel="length, tokens")
    axes[0].set(ylabel="how unexpected the key is, nats", ylim=(0, None))
    axes[1].legend(fontsize="small", loc="upper left")
    note(axes[0], "length alone\ncosts next to nothing", (350, 2.0), (700, 0.25))
    return figure, data
