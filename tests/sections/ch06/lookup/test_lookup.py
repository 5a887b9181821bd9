"""Attention as a lookup: exact answers for what the section computes without training."""

import math
import re
from pathlib import Path

import pytest
import torch

from deref.model.listing import Described, Repaired
from deref.sections.ch06.heads import head_counts
from deref.sections.ch06.listing import listing
from deref.sections.ch06.lookup import lookup
from deref.sections.ch06.scaling import scaling

BOOK = Path(__file__).parents[4] / "book"


@pytest.mark.parametrize(("sharpness", "cells"), [(0, 8), (1.5, 8), (7, 64), (12, 1024)])
def test_a_query_puts_the_weight_of_the_formula_on_its_cell(sharpness, cells):
    weight, away = lookup.sharpened(sharpness, cells)
    assert weight == pytest.approx(math.exp(sharpness) / (math.exp(sharpness) + cells - 1), rel=1e-12)
    rest = (cells * (cells - 1) / 2 - 5) / (cells - 1)  # the mean of what the other cells store
    assert away == pytest.approx((1 - weight) * abs(rest - 5), rel=1e-9, abs=1e-12)


def test_precisions_differ_as_they_should():
    double, single = lookup.gap(torch.float64), lookup.gap(torch.float32)
    assert 0 < double < 1e-12 < single < 1e-5


def test_the_norm_of_softmaxs_derivative_is_that_of_its_jacobian():
    scores = 3 * torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    exact = torch.stack([torch.autograd.functional.jacobian(lambda x: x.softmax(-1), row).norm() for row in scores])
    assert torch.allclose(scaling.jacobian_norm(scores.softmax(-1)), exact, atol=1e-12)
    one_hot = torch.eye(6, dtype=torch.float64)[:1]
    assert scaling.jacobian_norm(one_hot).tolist() == [0.0]


def test_the_listings_projections_get_no_gradient_and_the_repaired_ones_do():
    assert listing.without_gradient(listing.built(Described)) == list(listing.PROJECTIONS)
    assert listing.without_gradient(listing.built(Repaired)) == []


def test_projections_of_slices_are_shared_by_heads_and_others_are_not():
    assert listing.head_spread(listing.built(Described)) == 0
    assert listing.head_spread(listing.built(Repaired)) > 0.1


def test_the_listing_does_not_depend_on_its_projections():
    module, given = listing.built(Described), listing.inputs(3)
    before = module(*given)
    with torch.no_grad():
        for name in listing.PROJECTIONS:
            getattr(module, name).weight.mul_(100)
    assert torch.equal(module(*given), before)


def test_the_page_gives_the_published_configurations_as_stored():
    page = (BOOK / "ch06" / "heads.md").read_text("utf8")
    rows = [[re.sub(r"\{typed\}`([^<`]*?)\s*<[^`]*`", r"\1", cell).strip() for cell in line.strip("|\n ").split("|")]
            for line in page.splitlines() if re.search(r"^\|.*\{cite\}", line)]
    stored = [[one.model, *(str(x or "not public") for x in (one.layers, one.heads, one.shared)),
               f"{{cite}}`{one.source}`"] for one in head_counts.PUBLISHED]
    assert rows == stored


def test_every_source_of_a_configuration_is_in_the_bibliography():
    entries = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text("utf8"), re.MULTILINE))
    assert {one.source for one in head_counts.PUBLISHED} <= entries


def test_classes_of_models_are_told_by_their_names():
    assert "Falcon 7B" in [one.model for one in head_counts.of_class(6.5, 7.5)]
    assert [one.model for one in head_counts.of_class(100, 200)] == ["GPT-3 175B"]
    assert head_counts.heads_of("GPT-4") == 0
