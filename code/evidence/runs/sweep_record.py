"""The record of a sweep: a table and where it came from, as a file in the repository that nothing rewrites in passing.

A page draws a record beside what its own build computes, so a page must never draw another record than the one that
its text was written for. Therefore the module that reads a record states its checksum, and the checksum is part of the
code that the page depends on.

A column of thousands of numbers may be an array, one row of it a row of the table. In the file it is compressed bytes.
The file itself may be compressed (its name ends in .xz, as that of every released one does); the checksum is that of
the text inside, so that it does not hang on who compressed it.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evidence import compressed
from evidence.provenance import source

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class SweepRecord:
    """What a sweep found.

    Args:
        name: of the sweep.
        about: what it is for, in one sentence.
        command: what computes it again.
        created: when it was finished, UTC, ISO 8601.
        wall_s: seconds of computing, summed over its runs.
        hardware: the processors it was computed on.
        versions: versions of Python and packages, by name.
        code: fingerprint of the code that it depends on.
        runs: the addresses of the trained runs behind it, in the order of the table.
        columns: the table, one list or array a column, all of one length; entries are numbers, texts or null, and of
            an array rows of them.

    Raises:
        ValueError: columns of different lengths, or none.
    """

    name: str
    about: str
    command: str
    created: str
    wall_s: float
    hardware: str
    versions: Mapping[str, str]
    code: str
    runs: Sequence[str]
    columns: Mapping[str, Sequence[Any] | np.ndarray]

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"expected the columns of {self.name!r} to have one length, got {lengths or 'no columns'}")

    def rows(self, **wanted: Any) -> list[dict[str, Any]]:
        """The rows of the table, as mappings from column to entry.

        Args:
            **wanted: entries that a row must have, such as `layers=2`.

        Raises:
            ValueError: a column that the table does not have.
        """
        if unknown := set(wanted) - set(self.columns):
            raise ValueError(f"expected columns of {self.name!r}, {', '.join(self.columns)}, got {sorted(unknown)}")
        rows = [dict(zip(self.columns, entries, strict=True)) for entries in zip(*self.columns.values(), strict=True)]
        return [row for row in rows if all(row[name] == entry for name, entry in wanted.items())]

    def with_rows_of(self, earlier: "SweepRecord", by: Sequence[str]) -> "SweepRecord":
        """This record with the rows of an earlier one that it lacks, so that what was trained elsewhere is not lost.

        Args:
            earlier: a record of the same sweep.
            by: the columns that name a row, or rows that belong together; rows are put in their order.

        Returns:
            A record of all rows. Its seconds count all of the earlier record's runs, those too that ran again.

        Raises:
            ValueError: records of different columns.
        """
        if self.columns.keys() != earlier.columns.keys():
            raise ValueError(f"expected the record of {self.name!r} to have the columns {', '.join(self.columns)}, got "
                             f"{', '.join(earlier.columns)}: move it away and compute all of it anew")
        mine, theirs = (list(zip(*(one.columns[name] for name in by), strict=True)) for one in (self, earlier))
        known = set(mine)
        lacking = [at for at, row in enumerate(theirs) if row not in known]
        if not lacking:
            return self
        rows = [*mine, *(theirs[at] for at in lacking)]
        order = sorted(range(len(rows)), key=rows.__getitem__)

        def joined(name: str) -> Sequence[Any] | np.ndarray:
            own, other = self.columns[name], earlier.columns[name]
            if isinstance(own, np.ndarray):
                return np.concatenate([own, np.asarray(other)[lacking]])[order]
            every = [*own, *(other[at] for at in lacking)]
            return [every[at] for at in order]

        processors = dict.fromkeys([*earlier.hardware.split("; "), *self.hardware.split("; ")])
        return replace(self, columns={name: joined(name) for name in self.columns}, hardware="; ".join(processors),
                       runs=list(dict.fromkeys([*earlier.runs, *self.runs])),
                       wall_s=round(self.wall_s + earlier.wall_s, 1))

    def write(self, path: Path) -> str:
        """Write the record, whole or not at all.

        Args:
            path: of the file, which is compressed if its name ends in .xz.

        Returns:
            The checksum of the text in the file, for the module that reads it.
        """
        data = (json.dumps({"format": FORMAT, **asdict(self)}, indent=1, allow_nan=False,
                           default=_packed) + "\n").encode()
        compressed.write(path, data)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def read(cls, path: Path, sha256: str | None) -> "SweepRecord":
        """Read a record that is exactly the expected one.

        Args:
            path: of the file.
            sha256: the checksum that the text in the file must have; None for whoever adds to what is there.

        Raises:
            ValueError: there is no such file, it has another checksum, or it is no record.
        """
        try:
            with compressed.opened(path) as file:
                data = file.read()
        except OSError as error:
            raise ValueError(f"expected the record of a sweep at {path}, got none: {error.strerror}") from None
        except compressed.DAMAGED as error:
            raise ValueError(f"expected {path.name} to be compressed by xz, got: {error}: it is damaged") from None
        found = hashlib.sha256(data).hexdigest()
        if sha256 not in (None, found):
            raise ValueError(f"expected {path.name} to be the record with the checksum {sha256[:12]}…, got "
                             f"{found[:12]}…; if it was computed anew, state its checksum where it is read")
        fields = json.loads(data, object_hook=_unpacked)
        if fields.pop("format", None) != FORMAT:
            raise ValueError(f"expected {path.name} to be a sweep's record of format {FORMAT}")
        return cls(**fields)


def _packed(column: np.ndarray) -> dict[str, Any]:
    # Weights repeat nothing but by chance, and are smaller where nobody looks for repeats.
    packers = (zlib.compressobj(9, strategy=strategy) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY))
    packed = min((packer.compress(column.tobytes()) + packer.flush() for packer in packers), key=len)
    return {"dtype": column.dtype.str, "shape": column.shape, "zlib": base64.b64encode(packed).decode()}


def _unpacked(given: dict[str, Any]) -> dict[str, Any] | np.ndarray:
    if given.keys() != {"dtype", "shape", "zlib"}:
        return given
    data = zlib.decompress(base64.b64decode(given["zlib"]))
    return np.frombuffer(data, np.dtype(given["dtype"])).reshape(given["shape"])


def record_path(name: str) -> Path:
    """Where the released record of a sweep is kept: `records/sweeps` of the project."""
    return source.CODE.parent / "records" / "sweeps" / f"{name}.json{compressed.SUFFIX}"
