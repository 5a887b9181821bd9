"""Losses on the bit stream, of models that know nothing and of one that knows the answers."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from deref.sections.ch06.stream.losses import drawn, entropy, stream_losses
from deref.tasks.bit_stream import BitStreamTask

TASK = BitStreamTask(length=24)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A run whose model says the same of every bit, or looks the bit up in the streams that it is asked about."""

    task: Any
    margin: float | None = None

    @property
    def config(self):
        return self

    def model(self, tokens, layout):
        if self.margin is None:
            every, _ = drawn(self.task)
            rows = {tuple(row[:-1].tolist()): row[1:] for row in every}
            right = torch.stack([rows[tuple(row.tolist())] for row in tokens])
        else:
            right = torch.ones_like(tokens)
        sure = 50.0 if self.margin is None else self.margin
        return torch.stack([(0.5 - right) * sure, (right - 0.5) * sure], dim=-1)[None].double()


def test_a_model_that_says_the_frequency_gains_nothing():
    bits, told = drawn(TASK)
    share = bits[:, 1:].double().mean().item()
    (found,) = stream_losses(Fixed(TASK, math.log(share / (1 - share))))
    assert found["loss"] == pytest.approx(found["guess"], abs=1e-9)
    assert found["guess"] == pytest.approx(entropy(bits[:, 1:]))
    assert found["coin"] == pytest.approx(math.log(2), abs=0.02)
    assert 0.02 < told.double().mean() < 0.2


def test_a_model_that_knows_the_stream_loses_nothing():
    (found,) = stream_losses(Fixed(TASK))
    assert (found["loss"], found["pointed"]) == pytest.approx((0, 0), abs=1e-2)
