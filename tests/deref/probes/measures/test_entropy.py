"""Entropy in bits: of one outcome, of two alike, of many alike, and of rows."""

import pytest
import torch

from deref.probes.measures.entropy import entropy_bits


@pytest.mark.parametrize(("shares", "bits"), [
    ([1.0, 0.0], 0.0), ([0.5, 0.5], 1.0), ([1 / 32] * 32, 5.0), ([0.5, 0.25, 0.25], 1.5)])
def test_entropy_is_in_bits(shares, bits):
    assert entropy_bits(torch.tensor(shares)).item() == pytest.approx(bits, abs=1e-6)


def test_each_row_has_its_own():
    assert entropy_bits(torch.tensor([[[1.0, 0.0], [0.5, 0.5]]])).tolist() == [[0.0, 1.0]]
