"""The record of one result: what travels from an executed cell to a page, a file and a citation.

A record is data and nothing else, so that pages can be written, and a stranger's download read, without torch.
Its hash is computed from its content whenever it is asked for: a `Record` cannot carry a wrong one, and reading a file
whose hash does not match its content is refused.
"""

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evidence.reading import parse_json, read_bytes
from evidence.records.format import apply

HASHED = ("id", "value", "ci", "n", "seeds", "configs", "code", "versions")
VERSIONS = ("python", "torch", "numpy", "deref")
BUILD = ("commit", "clean", "hardware", "threads", "wall_s")
EXACT = "exact"
"""Further key of the build of an exact record: its "settings" and "weights", see `evidence.results.provenance`."""

DIGITS = 12
ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def check_id(text: Any) -> str:
    """Return an id unchanged if it is lower case and dotted, such as "flip.large-32.addressed".

    Raises:
        ValueError: anything else.
    """
    if not isinstance(text, str) or not ID.fullmatch(text):
        raise ValueError(f"expected an id of lower-case letters, digits, dots and hyphens, got {text!r}")
    return text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """One executed number with everything needed to cite it and to compute it again.

    Args:
        id: lower case and dotted, stable for ever.
        title: what the number is, in one phrase.
        value: an int or a finite float.
        ci: the two ends of the 95% interval, low before high, or None where the method gives none.
        method: how value and interval were computed.
        unit: shown after the number; empty for percentages and plain counts.
        format: Python format specification for the value and the ends of the interval, such as ".1%" or "d".
        n: how many units of inference the estimate rests on; None where nothing was sampled.
        n_of: what those units are, in the plural ("seeds").
        seeds: the seeds of the runs, sorted.
        configs: full configurations of the runs, as `evidence.config.to_json` writes them.
        runs: the addresses of the runs in the run store.
        code: fingerprint of the code that the result's function can reach.
        versions: of python, torch, numpy and deref.
        build: commit, whether the tree was clean, hardware, threads, wall_s, and for what was computed exactly also
            "exact"; not part of the hash.

    Raises:
        ValueError: a field that is not as described above; the message names the id and the field.
    """

    id: str
    title: str
    value: int | float
    ci: tuple[int | float, int | float] | None
    method: str
    unit: str
    format: str
    n: int | None
    n_of: str
    seeds: tuple[int, ...]
    configs: tuple[dict[str, Any], ...]
    runs: tuple[str, ...]
    code: str
    versions: dict[str, str]
    build: dict[str, Any]

    def __post_init__(self) -> None:
        check_id(self.id)
        for name in ("title", "method", "unit", "format", "n_of", "code"):
            self._expect(isinstance(getattr(self, name), str), name, "text")
        self._expect(self.title.strip(), "title", "a phrase")
        self._expect(is_number(self.value), "value", "a finite number")
        if self.ci is not None:
            self._expect(isinstance(self.ci, tuple) and len(self.ci) == 2 and all(map(is_number, self.ci))
                         and self.ci[0] <= self.ci[1], "ci", "two finite numbers, low before high, or nothing")
        self._expect(self.n is None or (is_int(self.n) and self.n >= 0), "n", "a count or nothing")
        self._expect(self._all("seeds", is_int), "seeds", "integers")
        self._expect(self._all("configs", lambda c: isinstance(c, dict) and "type" in c), "configs",
                     'objects with a "type"')
        self._expect(self._all("runs", lambda r: isinstance(r, str)), "runs", "addresses")
        self._expect(FINGERPRINT.fullmatch(self.code), "code", "64 hexadecimal digits")
        self._expect(isinstance(self.versions, dict) and set(self.versions) == set(VERSIONS)
                     and all(isinstance(v, str) for v in self.versions.values()), "versions",
                     f"the versions of {', '.join(VERSIONS)}")
        self._expect(isinstance(self.build, dict) and set(self.build) - {EXACT} == set(BUILD), "build",
                     f"an object with {', '.join(BUILD)}")
        try:
            for number in (self.value, *(self.ci or ())):
                apply(self.format, number)
        except ValueError as error:
            raise ValueError(f"result {self.id!r}: {error}") from None

    def _expect(self, holds: Any, field: str, what: str) -> None:
        if not holds:
            raise ValueError(f"result {self.id!r}: expected {field!r} to be {what}, got {getattr(self, field)!r}")

    def _all(self, field: str, fits: Callable[[Any], bool]) -> bool:
        value = getattr(self, field)
        return isinstance(value, tuple) and all(map(fits, value))

    @property
    def sha256(self) -> str:
        """Hash of what the result is (not of where it was built), as hexadecimal digits."""
        return sha256_of({name: getattr(self, name) for name in HASHED})

    def to_json(self) -> dict[str, Any]:
        """The record as JSON-able data, hash included; lists are new, so editing them leaves the record alone."""
        data = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**json.loads(json.dumps(data, allow_nan=False)), "sha256": self.sha256}

    def dumps(self) -> str:
        """The text of a record file: the same bytes for the same record."""
        return json.dumps(self.to_json(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, data: Any) -> "Record":
        """Read what `to_json` wrote.

        Raises:
            ValueError: fields that are missing, unknown or malformed, or a hash that is not that of the content.
        """
        if not isinstance(data, Mapping):
            raise ValueError(f"expected a record to be a JSON object, got {type(data).__name__}")
        expected = {f.name for f in dataclasses.fields(cls)} | {"sha256"}
        if set(data) != expected:
            missing, unknown = sorted(expected - set(data)), sorted(set(data) - expected)
            raise ValueError(f"record {data.get('id')!r}: " + "; ".join(
                [f"expected also the fields {missing}"] * bool(missing)
                + [f"got the unknown fields {unknown}"] * bool(unknown)))
        # JSON has lists for tuples; the lists inside configurations stay as they are.
        record = cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "sha256"})
        try:
            sealed = record.sha256 == data["sha256"]
        except RecursionError:
            raise ValueError(f"record {record.id!r}: expected configurations, got data that is nested too deeply"
                             ) from None
        if not sealed:
            raise ValueError(f"record {record.id!r}: expected its content to have the hash {data['sha256']}, "
                             f"got {record.sha256}: the record was changed after it was published")
        return record

    @classmethod
    def read(cls, path: str | Path) -> "Record":
        """Read a record file.

        Raises:
            ValueError: the file is not JSON, or not a valid record.
            OSError: it is no regular file, or cannot be read.
        """
        try:
            data = parse_json(read_bytes(Path(path)))
        except ValueError as error:
            raise ValueError(f"expected {path} to hold a record as JSON: {error}") from None
        return cls.from_json(data)


def sha256_of(data: Mapping[str, Any]) -> str:
    """Hash of the hashed fields of a record, given as data.

    Whole floats hash like integers, so a record that passed through a program without the distinction (JavaScript
    writes 1.0 as 1) keeps its hash.

    Raises:
        ValueError: a field that the hash covers is missing.
    """
    missing = [name for name in HASHED if name not in data]
    if missing:
        raise ValueError(f"expected the fields {', '.join(HASHED)}, got none called {', '.join(missing)}")
    return hashlib.sha256(canonical({name: data[name] for name in HASHED}).encode("utf8")).hexdigest()


def canonical(data: Any) -> str:
    """One text for one piece of JSON data, fit for hashing; whole floats are written like integers."""
    return json.dumps(_whole(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def rounded(value: int | float) -> int | float:
    """A number with the digits that records keep: twelve, fewer than sums in another order differ in.

    Integers stay as they are.
    """
    return value if is_int(value) else float(f"{value:.{DIGITS}g}")


def is_int(value: Any) -> bool:
    """Whether a value is an integer and not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a Python int or a finite float."""
    return is_int(value) or (isinstance(value, float) and math.isfinite(value))


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
