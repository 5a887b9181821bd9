"""What the section compares trained seeds with, worked out on paper."""

import pytest

from deref.sections.ch06.weights.weights import drawn


@pytest.mark.parametrize(("name", "bitwise", "additive", "number", "leading"), [
    ("written", 1, 1, 1 / 3, 1 / 3),
    ("table", 3 / 7, 3 / 7, 1 / 7, 1 / 7),
    ("line", (16**2 + 4**2 + 1) / (16 + 4 + 1) ** 2, 1, 1, 1),
])
def test_the_pure_forms_have_the_shares_that_the_page_states(name, bitwise, additive, number, leading):
    form = drawn(name)
    found = [getattr(form, share).item() for share in ("bitwise", "additive", "number", "leading")]
    assert found == pytest.approx([bitwise, additive, number, leading])
    assert form.found.item() == 1
