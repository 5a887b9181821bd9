"""Records of sweeps, which are read back exactly or not at all."""

import json
import lzma
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import files
from evidence.runs.sweep_record import SweepRecord

ENTRIES = st.one_of(st.none(), st.integers(-10**9, 10**9), st.floats(allow_nan=False, allow_infinity=False), st.text())


def record(columns):
    return SweepRecord(name="toy", about="A toy.", command="deref sweep toy", created="2026-01-01T00:00:00+00:00",
                       wall_s=1.5, hardware="a processor", versions={"python": "3"}, code="c0de", runs=["a", "b"],
                       columns=columns)


@given(st.lists(ENTRIES, max_size=5))
def test_a_record_comes_back_as_it_was_written(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("records") / "deep" / "toy.json"
    written = record({"x": entries, "y": entries})
    checksum = written.write(path)
    assert SweepRecord.read(path, checksum) == written


@pytest.mark.parametrize("column", [np.array([[0.1, -2], [3, 4e-6]], np.float16), np.array([-1, 127], np.int8),
                                    np.array(["all", "L16H0"])], ids=["halves", "bytes", "texts"])
def test_an_array_comes_back_with_its_digits_and_its_shape(tmp_path, column):
    path = tmp_path / "toy.json"
    found = SweepRecord.read(path, record({"x": [1, 2], "y": column}).write(path))
    assert found.columns["x"] == [1, 2]
    assert found.columns["y"].dtype == column.dtype and np.array_equal(found.columns["y"], column)


def test_an_array_takes_little_room(tmp_path):
    path = tmp_path / "toy.json"
    record({"x": np.zeros((1000, 16), np.float16)}).write(path)
    assert path.stat().st_size < 1000


def test_a_compressed_record_has_the_checksum_of_its_text(tmp_path):
    plain, small = tmp_path / "toy.json", tmp_path / "toy.json.xz"
    checksum = record({"x": [1, 2] * 500}).write(plain)
    assert record({"x": [1, 2] * 500}).write(small) == checksum
    assert lzma.decompress(small.read_bytes()) == plain.read_bytes() and small.stat().st_size < 1000
    assert SweepRecord.read(small, checksum) == SweepRecord.read(plain, checksum)


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: b"{}"], ids=["cut", "not compressed"])
def test_a_damaged_compressed_record_is_refused(tmp_path, damage):
    path = tmp_path / "toy.json.xz"
    checksum = record({"x": [1, 2]}).write(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"expected toy\.json\.xz to be compressed by xz, got: "):
        SweepRecord.read(path, checksum)


def test_a_record_that_changed_is_refused(tmp_path):
    path = tmp_path / "toy.json"
    checksum = record({"x": [1, 2]}).write(path)
    path.write_text(path.read_text().replace("2", "3"))
    with pytest.raises(ValueError, match=r"expected toy\.json to be the record with the checksum"):
        SweepRecord.read(path, checksum)


def test_a_record_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"expected the record of a sweep at .*nothing\.json, got none: No such file"):
        SweepRecord.read(tmp_path / "nothing.json", "0" * 64)


@pytest.mark.parametrize("when", ["flush", "rename"])
def test_a_record_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch, when):
    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "toy.json"
    old = record({"x": [1, 2]})
    checksum = old.write(path)
    monkeypatch.setattr(files.os, "fsync" if when == "flush" else "replace", full)
    with pytest.raises(OSError, match="No space left"):
        record({"x": [3]}).write(path)
    monkeypatch.undo()
    assert SweepRecord.read(path, checksum) == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_of_another_format_is_refused(tmp_path):
    import hashlib

    path = tmp_path / "toy.json"
    path.write_text(json.dumps({"format": 2}))
    with pytest.raises(ValueError, match="a sweep's record of format 1"):
        SweepRecord.read(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="to have one length"):
        record({"x": [1], "y": [1, 2]})


def test_rows_are_found_by_their_entries():
    found = record({"layers": [1, 2, 2], "accuracy": [0.5, 0.6, 0.7]})
    assert found.rows(layers=2) == [{"layers": 2, "accuracy": 0.6}, {"layers": 2, "accuracy": 0.7}]
    with pytest.raises(ValueError, match="expected columns of 'toy', layers, accuracy, got \\['depth'\\]"):
        found.rows(depth=2)


def rows_of(seeds, values, **fields):
    weights = np.array([[value, -value] for value in values], np.float16)
    return replace(record({"seed": list(seeds), "value": list(values), "weights": weights}), **fields)


ROWS = st.dictionaries(st.integers(0, 9), st.integers(-99, 99), min_size=1)


@given(ROWS, ROWS)
def test_a_record_keeps_the_rows_that_only_an_earlier_one_has(mine, earlier):
    joined = rows_of(mine, mine.values()).with_rows_of(rows_of(earlier, earlier.values()), ["seed"])
    expected = {**earlier, **mine}
    assert dict(zip(joined.columns["seed"], joined.columns["value"], strict=True)) == expected
    assert sorted(joined.columns["seed"]) == sorted(expected)
    assert joined.columns["weights"].tolist() == [[value, -value] for value in joined.columns["value"]]
    assert joined.columns["weights"].dtype == np.float16


def test_rows_that_belong_together_are_replaced_together():
    """Of a seed that was trained again with fewer evaluations no row of the earlier training is left."""
    earlier = record({"arm": ["one"] * 3 + ["two"], "seed": [0, 0, 1, 0], "step": [1, 2, 1, 1]})
    joined = record({"arm": ["one"], "seed": [0], "step": [2]}).with_rows_of(earlier, ["seed", "arm"])
    assert joined.rows() == [{"arm": "one", "seed": 0, "step": 2}, {"arm": "two", "seed": 0, "step": 1},
                             {"arm": "one", "seed": 1, "step": 1}]


def test_where_rows_come_from_is_told_for_both():
    mine = rows_of([1], [1], hardware="a; b", runs=["x"], wall_s=1.0)
    earlier = rows_of([0], [0], hardware="b; c", runs=["y", "x"], wall_s=2.0)
    joined = mine.with_rows_of(earlier, ["seed"])
    assert (joined.hardware, joined.runs, joined.wall_s) == ("b; c; a", ["y", "x"], 3.0)
    assert mine.with_rows_of(rows_of([1], [7]), ["seed"]) is mine
    with pytest.raises(ValueError, match="expected the record of 'toy' to have the columns seed, value, weights, got "):
        mine.with_rows_of(record({"seed": [0]}), ["seed"])
