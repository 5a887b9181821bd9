"""Section "A stream that points back": what trained models lose on it, from their record, beside the best guesses."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from deref.figures.style import PALETTE, subplots
from deref.sections.ch06.stream import oracle
from deref.sections.ch06.stream.losses import STREAMS, drawn, entropy
from deref.sections.shared.book_records import record
from deref.tasks.bit_stream import BitStreamTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store
from evidence.unavailable import Absent

TASK = BitStreamTask()


@dataclass(frozen=True)
class Arm:
    """A model that was trained on the stream."""

    name: str
    title: str


ARMS = {"small": Arm("small", "two layers of width 64"), "wide": Arm("wide", "two layers of width 128")}


@dataclass(frozen=True)
class Knowing:
    """What a best guess knows of the stream."""

    title: str
    follows: bool


KNOWING = {"parser": Knowing("knows the code alone", False), "bayes": Knowing("follows pointers too", True)}


@cache
def best(follows: bool) -> Float[np.ndarray, "stream"]:
    """What the best guess loses on each of the streams that models are asked about, in nats a bit."""
    bits, _ = drawn(TASK)
    return oracle.mean_losses(TASK, bits.numpy(), follows=follows)


def by_frequency(pointed: bool) -> float:
    """What a guess by frequency loses, in nats a bit: on all bits, or on those that a pointer repeats."""
    bits, told = drawn(TASK)
    targets, wanted = bits[:, 1:], told[:, 1:]
    return entropy(targets[wanted] if pointed else targets)


@result("stream.guess", format=".3f", unit="nats", title="Loss of a guess by frequency, bits of the stream")
def guess(store: Store) -> Estimate:
    return exact(by_frequency(False), f"entropy of the bits of {STREAMS:,} streams")


@result("stream.share", format=".1%", title="Share of the bits of the stream that are the first one a pointer repeats")
def repeated(store: Store) -> Estimate:
    _, told = drawn(TASK)
    return exact(told[:, 1:].double().mean().item(), f"counted in {STREAMS:,} streams")


@result.each(KNOWING, "stream.{kind}", format=".3f", unit="nats",
             title="Loss of the best guess of whoever {member.title}, bits of the stream")
def bound(store: Store, kind: Knowing) -> Estimate:
    return mean_t(best(kind.follows), "streams")


@result("stream.in-code", format=".0%",
        title="Share of what can be gained on a guess by frequency that takes no pointer")
def in_code(store: Store) -> Estimate:
    parser, bayes = (by_frequency(False) - best(follows).mean() for follows in (False, True))
    return exact(parser / bayes, f"of mean losses on {STREAMS:,} streams")


def rows(arm: Arm, column: str) -> Float[np.ndarray, "seed"]:
    """A column of the record, by seed.

    Raises:
        Absent: no record is released.
    """
    return np.array([row[column] for row in record("stream").rows(arm=arm.name)], dtype=float)


@result.each(ARMS, "stream.{arm}.gained", format=".3f", unit="nats",
             title="Loss of a guess by frequency less that of the model, bits of the stream, {member.title}")
def gained(store: Store, arm: Arm) -> Estimate:
    return mean_t(rows(arm, "guess") - rows(arm, "loss"))


@result.each(ARMS, "stream.{arm}.pointed", format=".3f", unit="nats",
             title="Loss of a guess by frequency less that of the model, bits that a pointer repeats, {member.title}")
def pointed(store: Store, arm: Arm) -> Estimate:
    return mean_t(rows(arm, "coin") - rows(arm, "pointed"))


def losses() -> tuple[Figure | Absent, dict[str, list]]:
    """The loss of each seed, on all bits and on those that pointers repeat, beside those of the best guesses."""
    try:
        found = {name: (rows(arm, "loss"), rows(arm, "pointed")) for name, arm in ARMS.items()}
    except Absent as reason:
        return reason, {}
    guesses = ({"a guess by frequency": by_frequency(False), "who knows the code": best(False).mean(),
                "who follows pointers too": best(True).mean()},
               {"a guess by frequency": by_frequency(True), "who follows pointers": 0.0})
    figure, axes = subplots(1, 2, sharey=True, height=2.6)
    for at, (ax, title) in enumerate(zip(axes, ("all bits", "bits that a pointer repeats"), strict=True)):
        for value, style in zip(guesses[at].values(), (":", "--", "-") if at == 0 else (":", "-"), strict=True):
            ax.axvline(value, color=PALETTE["vermilion"], linestyle=style, linewidth=1.2)
        for row, arms in enumerate(found.values()):
            ax.plot(arms[at], np.full(len(arms[at]), row), "o", color=PALETTE["blue"], alpha=0.7, markersize=5)
        ax.set(title=title, xlabel="loss, nats a bit")
    axes[0].set_yticks(range(len(ARMS)), ["width 64", "width 128"])
    axes[0].set_ylim(len(ARMS) - 0.5, -0.5)
    return figure, {"arm": [name for name, (loss, _) in found.items() for _ in loss],
                    "seed": [seed for loss, _ in found.values() for seed in range(len(loss))],
                    "loss": [value for loss, _ in found.values() for value in loss.tolist()],
                    "pointed": [value for _, told in found.values() for value in told.tolist()]}
