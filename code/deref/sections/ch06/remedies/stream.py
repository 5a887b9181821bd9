"""Section "Remedies at sixteen and thirty-two cells": the bit stream that the book left open, from its record."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from deref.sections.shared.book_records import record
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store


@dataclass(frozen=True)
class Arm:
    """A model that was trained on the stream."""

    name: str
    title: str


ARMS = {"small": Arm("small", "two layers of width 64"), "wide": Arm("wide", "two layers of width 128")}


def gains(arm: Arm, loss: str, guess: str) -> Float[np.ndarray, "seed"]:
    """How much less each seed loses than a guess does, in nats.

    Raises:
        Absent: no record of it is released.
    """
    return np.array([row[guess] - row[loss] for row in record("stream").rows(arm=arm.name)], dtype=float)


@result.each(ARMS, "stream.{arm}.gained", format=".3f", unit="nats",
             title="Loss of a guess by frequency less that of the model, bits of the stream, {member.title}")
def gained(store: Store, arm: Arm) -> Estimate:
    return mean_t(gains(arm, "loss", "guess"))


@result.each(ARMS, "stream.{arm}.pointed", format=".3f", unit="nats",
             title="Loss of a guess by frequency less that of the model, bits that a pointer repeats, {member.title}")
def pointed(store: Store, arm: Arm) -> Estimate:
    return mean_t(gains(arm, "pointed", "coin"))
