"""Addresses that are never asked: which they are, and how a run is asked about them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from deref.sections.ch06.baselines.held_out import ADDRESSES, OF_PAIRS, answered, never
from deref.tasks.pointer import PointerTask
from evidence.runs import Store


@pytest.mark.parametrize("cells", [8, 16, 32, 64, 128])
def test_a_quarter_is_never_asked_and_nothing_about_two_bits_is_missing(cells):
    held, task = set(never(cells)), PointerTask(M=cells)
    assert len(held) == cells // 4
    assert all((one ^ other).bit_count() >= 2 for one, other in combinations(sorted(held), 2))
    for first, second in combinations(range(task.A), 2):
        seen = {(a >> first & 1, a >> second & 1) for a in range(cells) if a not in held}
        assert len(seen) == 4


@pytest.mark.parametrize("kind", ["binary", "mlp"])
def test_asked_and_never_asked_addresses_are_told_apart(tmp_path, kind):
    arm = ADDRESSES[kind, 8].config
    short = replace(arm, train=replace(arm.train, steps=1)) if kind == "binary" else replace(arm, steps=1)
    found = answered(Store(tmp_path).run(short, (100, 101), progress=lambda _: None))
    for share, questions in ((found.asked, 256 * 6), (found.never, 256 * 2), (found.followed, 256 * 2)):
        assert share.shape == (2,)
        assert np.allclose(share * questions, (share * questions).round())


def test_pairs_have_no_address_that_is_never_asked():
    assert all(not arm.config.task.never and arm.config.form == "asked" for arm in OF_PAIRS.values())
