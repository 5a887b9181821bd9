"""The section on two hops: what is counted, against counting by hand."""

import pytest

from deref.sections.ch06.two_hop import two_hop
from evidence.results import registry
from evidence.runs import Store


@pytest.mark.parametrize(("rid", "found"), [("hop.written", 1), ("hop.guess", 0.75), ("hop.cells", 2)])
def test_what_the_page_says(rid, found):
    assert registry.get(rid).function(Store("nowhere", device="cpu")).value == found


def test_a_spoilt_layer_is_not_exact(monkeypatch):
    make = two_hop.two_hop

    def spoilt(cells):
        model, task = make(cells)
        model.layers[0].q.bias.data.zero_()
        return model, task

    monkeypatch.setattr(two_hop, "two_hop", spoilt)
    assert two_hop.right(8) < 1
