"""The file of weights: read where it is, fetched where it is not, and refused where its header cannot be true."""

import hashlib
import os
import struct
from pathlib import Path

import pytest

from deref.lm import weights
from deref.lm.gguf_file import read_file
from evidence.runs import StoreError, StoreWarning
from evidence.runs.inventory import prune


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """A file of weights in a cache whose lock cannot be opened."""
    path = tmp_path / "weights" / Path(weights.MEMBER).name
    path.parent.mkdir()
    path.write_bytes(b"weights")
    path.with_suffix(".lock").mkdir()
    monkeypatch.setattr(weights, "FILE_SHA256", hashlib.sha256(b"weights").hexdigest())
    return path


def test_a_file_that_is_there_is_read_without_the_lock(tmp_path, cached):
    before = sorted(tmp_path.rglob("*"))
    assert weights._held(tmp_path) == cached
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"other"), Path.unlink,
                                    lambda path: (path.unlink(), os.mkfifo(path))])
def test_a_file_that_has_to_be_fetched_needs_the_lock(tmp_path, cached, damage):
    damage(cached)
    with pytest.raises(StoreError, match=r"\.lock is in the way"):
        weights._held(tmp_path)


def test_a_pipe_in_its_place_is_set_aside_and_pruned(tmp_path, cached, monkeypatch):
    cached.with_suffix(".lock").rmdir()
    cached.unlink()
    os.mkfifo(cached)
    monkeypatch.setattr(weights, "_fetch", lambda path: path.write_bytes(b"weights"))
    with pytest.warns(StoreWarning, match="is damaged; it was moved to"):
        assert weights._held(tmp_path).read_bytes() == b"weights"
    assert [item.kind for item in prune(tmp_path, ())] == ["aside"]
    assert cached.exists()


def entry(name, kind, value):
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


def header(*values, tensors=0, count=None, version=3):
    return (b"GGUF" + struct.pack("<IQQ", version, tensors, len(values) if count is None else count) + b"".join(values))


@pytest.mark.parametrize("data", [
    header(entry(b"a", 9, struct.pack("<IQ", 4, 2**40))),
    header(entry(b"a", 9, struct.pack("<IQ", 8, 2**40))),
    header(entry(b"a", 9, struct.pack("<IQ", 9, 2**40))),
    header(entry(b"a", 9, struct.pack("<IQ", 0, 2**64 - 1))),
    header(entry(b"a", 9, struct.pack("<IQ", 9, 1) * 1000 + struct.pack("<IQ", 4, 0))),
    header(entry(b"a", 8, struct.pack("<Q", 2**40))),
    header(count=2**40), header(tensors=2**40), header(tensors=2**64 - 1, count=2**64 - 1),
    header(tensors=1) + struct.pack("<Q1sIQ", 1, b"t", 2**31, 1) + b"\0" * 100,
    header(struct.pack("<Q", 2**40)), header(entry(b"a", 77, b"")), header(version=9), b"", b"GGUF",
    b"no weights at all", header(entry(b"a", 4, b"1234")), header(),
])
def test_counts_that_cannot_be_true_are_refused_at_once(tmp_path, data):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="expected"):
        read_file(path)


def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path):
    whole = header(entry(b"tokens", 9, struct.pack("<IQ", 8, 3) + 3 * (struct.pack("<Q", 2) + b"ab")),
                   entry(b"size", 4, struct.pack("<I", 7)))
    path = tmp_path / "model.gguf"
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="GGUF"):
            read_file(path)


def test_a_pipe_is_no_file_of_weights(tmp_path):
    os.mkfifo(tmp_path / "model.gguf")
    with pytest.raises(OSError, match="no regular file"):
        read_file(tmp_path / "model.gguf")
