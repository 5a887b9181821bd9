"""The header of a file of weights, checked before anything parses it: its counts must fit into the file.

A GGUF file says how many values, tensors, letters and entries follow, as 64-bit numbers. The package that parses it
believes each of them, and goes on behind the end of the file as often as it says.
"""

import struct
from pathlib import Path

from evidence.reading import check_regular

MAGIC, VERSIONS = b"GGUF", (2, 3)
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value, by the number of its type; text is 8 and an array is 9."""
TEXT, ARRAY = 8, 9
NESTED = 4
DIMENSIONS = 4


def check_header(path: Path) -> None:
    """Make sure that a file can be what its header says.

    Raises:
        ValueError: it is no GGUF file, or is shorter than a count in its header.
        OSError: it is no regular file, or cannot be read.
    """
    check_regular(path)
    _Header(path.read_bytes()).check()


class _Header:
    """A place in a file's bytes that moves on, and never beyond their end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def check(self) -> None:
        """Walk through the values and the tensors."""
        self.skip(len(MAGIC))
        if self.data[: len(MAGIC)] != MAGIC or self.number("<I") not in VERSIONS:
            raise ValueError(f"expected a GGUF file of version {' or '.join(map(str, VERSIONS))}, got "
                             f"{self.data[:8]!r} at the beginning")
        tensors, values = self.number("<Q"), self.number("<Q")
        for _ in self.times(values, 12):
            self.text()
            self.value(self.number("<I"))
        for _ in self.times(tensors, 24):
            self.text()
            for _ in self.times(self.number("<I"), 8, DIMENSIONS):
                self.skip(8)
            self.skip(12)

    def value(self, kind: int, depth: int = 0) -> None:
        """Pass by a value of a type."""
        if kind in SIZES:
            self.skip(SIZES[kind])
        elif kind == TEXT:
            self.text()
        elif kind == ARRAY and depth < NESTED:
            inner, count = self.number("<I"), self.number("<Q")
            if inner in SIZES:
                self.skip(count * SIZES[inner])
            else:
                for _ in self.times(count, 8):
                    self.value(inner, depth + 1)
        else:
            raise ValueError(f"expected a type of value that GGUF has, got {kind} at byte {self.at}")

    def text(self) -> None:
        """Pass by a text and its length."""
        self.skip(self.number("<Q"))

    def number(self, form: str) -> int:
        """Read a number."""
        start = self.at
        self.skip(struct.calcsize(form))
        return struct.unpack_from(form, self.data, start)[0]

    def skip(self, count: int) -> None:
        """Move on by some bytes."""
        if count > len(self.data) - self.at:
            raise ValueError(f"expected {count} bytes at byte {self.at} of a GGUF file, got its end after "
                             f"{len(self.data) - self.at}: it was cut off or altered")
        self.at += count

    def times(self, count: int, least: int, most: int | None = None) -> range:
        """How often something follows that takes a least number of bytes, if there is room for it."""
        if count * least > len(self.data) - self.at or (most is not None and count > most):
            raise ValueError(f"expected room for {count} entries at byte {self.at} of a GGUF file, got "
                             f"{len(self.data) - self.at} bytes: it was cut off or altered")
        return range(count)
