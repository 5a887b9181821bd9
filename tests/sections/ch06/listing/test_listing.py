"""The book's listing: its projections do nothing, and repaired ones do."""

import torch

from deref.model.listing import Described, Repaired
from deref.sections.ch06.listing import listing


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
