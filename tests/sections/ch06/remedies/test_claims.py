"""The claims of remedies: every arm that a criterion asks about is trained by a part of the sweep, and told of."""

import pytest

from deref.sections.ch06.own_size import tables  # noqa: F401 (declares the results)
from deref.sections.ch06.own_size.arms import ARMS
from deref.sections.ch06.own_size.book_sweep import PARTS
from deref.sections.ch06.remedies.claims import CLAIMS
from evidence.results import registry


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_a_criterion_asks_for_is_computed_and_its_arm_is_trained(claim):
    assert claim.needs
    for name in claim.needs:
        assert registry.get(name).id == name
        arm = ARMS[name.split(".")[1]]
        assert arm.arm in PARTS[arm.part].arms
