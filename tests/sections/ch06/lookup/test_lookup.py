"""Attention as a lookup: exact answers for what the section computes without training."""

import math

import pytest
import torch

from deref.sections.ch06.lookup import lookup


@pytest.mark.parametrize(("sharpness", "cells"), [(0, 8), (1.5, 8), (7, 64), (12, 1024)])
def test_a_query_puts_the_weight_of_the_formula_on_its_cell(sharpness, cells):
    weight, away = lookup.sharpened(sharpness, cells)
    assert weight == pytest.approx(math.exp(sharpness) / (math.exp(sharpness) + cells - 1), rel=1e-12)
    rest = (cells * (cells - 1) / 2 - 5) / (cells - 1)  # the mean of what the other cells store
    assert away == pytest.approx((1 - weight) * abs(rest - 5), rel=1e-9, abs=1e-12)


def test_precisions_differ_as_they_should():
    double, single = lookup.gap(torch.float64), lookup.gap(torch.float32)
    assert 0 < double < 1e-12 < single < 1e-5
