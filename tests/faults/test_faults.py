"""A sample of the faults that `make faults` injects."""

import campaign
import pytest


@pytest.mark.parametrize(("name", "case"), campaign.sample(), ids=lambda text: text.replace(" ", "-"))
def test_it_holds(name, case):
    try:
        campaign.attempt(campaign.KINDS[name], case)
    except campaign.Hang as hang:
        pytest.fail(f"{name}, {case}: {hang}")
