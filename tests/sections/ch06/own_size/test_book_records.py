"""The records of the sweep `book`: what is read from them, and what is said where they are not released."""

import numpy as np
import pytest

from deref.sections.ch06.own_size import arms, book_sweep, figures, tables
from deref.sections.ch07.own_size import large  # noqa: F401 (declares x.right)
from deref.sections.shared import book_records, book_weights
from deref.sweep import chosen
from evidence.results import registry
from evidence.runs import Store
from evidence.runs.sweep_record import SweepRecord
from evidence.unavailable import Absent

LOSS = {0: [0.69, 0.69, 0.1, 0.01], 1: [0.69, 0.65, 0.3, 0.05]}
CACHED = (book_records.record, book_records._rows, book_weights.members)
RIGHT = {0: [0.5, 0.6, 1.0, 1.0], 1: [0.5, 0.55, 0.995, 0.9]}


@pytest.fixture
def released(tmp_path, monkeypatch):
    """A released record of two arms, two seeds each."""
    rows = [dict(arm=arm, seed=seed, step=100 * (i + 1), loss=LOSS[seed][i], accuracy=RIGHT[seed][i])
            for arm in ("two-8", "one-8") for seed in (1, 0) for i in range(4)]
    made = SweepRecord(name="book-at-8", about="A toy.", command="deref sweep book --part at-8",
                       created="2026-01-01T00:00:00+00:00", wall_s=1.0, hardware="a processor", versions={},
                       code="c0de", runs=[], columns={name: [row[name] for row in rows] for name in rows[0]})
    monkeypatch.setattr(book_records, "SHA256", {"at-8": made.write(tmp_path / "book-at-8.json")})
    monkeypatch.setattr(book_records, "record_path", lambda name: tmp_path / f"{name}.json")
    for cached in CACHED:
        cached.cache_clear()
    yield
    for cached in CACHED:
        cached.cache_clear()


def value(rid):
    return registry.get(rid).function(Store("nowhere", device="cpu"))


def test_an_arm_is_read_seed_by_seed(released):
    assert book_records.finals("at-8", "two-8").tolist() == [1.0, 0.9]
    assert book_records.steps("at-8", "two-8").tolist() == [100, 200, 300, 400]
    assert book_records.curve("at-8", "two-8", "loss").tolist() == [LOSS[0], LOSS[1]]
    assert value("own.two-8.mean").value == pytest.approx(0.95)
    assert (value("own.two-8.solved").value, value("own.two-8.lost").value) == (0.5, 0.5)
    assert (value("own.two-8.least").value, value("own.two-8.most").value) == (0.9, 1.0)
    assert value("own.two-8.plateau").value == 300
    figure, data = figures.eight()
    assert isinstance(figure, Absent) and data == {}, "the record lacks the arm eps-8"


def test_what_is_not_released_is_said_with_its_command(released):
    with pytest.raises(Absent, match=r"^deref sweep book --part two-hop computes it$"):
        value("own.hop-two.mean")
    with pytest.raises(Absent, match=r"^deref sweep book --part at-8 computes it$"):
        value("own.eps-8.mean")
    with pytest.raises(Absent, match=r"^deref sweep book --part weights-x computes it$"):
        value("x.right")


def test_every_arm_is_trained_by_the_part_that_it_is_told_of():
    trained = {arm for part in book_sweep.PARTS.values() for arm in part.arms}
    assert set(arms.ARMS) == trained
    assert all(told.arm in book_sweep.PARTS[told.part].arms for told in arms.ARMS.values())


def test_released_records_are_of_today_s_parts():
    assert set(book_records.SHA256) <= {one.part for one in chosen("book")}
    for part in book_records.SHA256:
        assert book_records.record(part).command == book_records.command(part)


def test_the_largest_fall_of_a_curve():
    sudden, smooth = np.array([0.69] * 10 + [0.0] * 10), np.linspace(0.69, 0, 20)
    assert tables.largest_fall(sudden) == 1
    assert tables.largest_fall(smooth) == pytest.approx(2 / 19)


def test_a_difference_of_means_is_welch_s():
    found = tables.difference_of_means([0.9, 0.8, 0.85], [0.5, 0.7])
    assert found.value == pytest.approx(0.25)
    # worked out by hand: standard error sqrt(.0025/3 + .02/2) = .10408, 1.1709 degrees of freedom, t = 9.056
    assert found.ci == pytest.approx((0.25 - 0.10408 * 9.056, 0.25 + 0.10408 * 9.056), abs=0.02)
    assert tables.difference_of_means([0.9], [0.5, 0.7]).ci is None
    assert tables.difference_of_means([1.0, 1.0], [0.5, 0.5]).ci is None
