"""Positions outside the stream: recipes that differ in positions alone."""

import pytest

from deref.sections.ch07.positions.positions import ARMS


@pytest.mark.parametrize("arm", ARMS.values(), ids=ARMS)
def test_recipes_differ_in_positions_alone(arm):
    for kind, chosen in (("rotary", arm.rotary), ("alibi", arm.alibi)):
        assert (chosen.config.kind, chosen.config.train) == (kind, arm.waves.config)
        built = chosen.config.build((0,))
        assert not built.position.any() and built.config == arm.waves.config.model
