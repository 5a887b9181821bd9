"""What a record's hash covers, and how: one text for one content, whichever program wrote it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from evidence.numbers import is_int

HASHED = ("id", "value", "ci", "n", "seeds", "configs", "code", "versions")
"""In every form of a record; `seeds` and `configs` are those of its runs together."""

DIGITS = 12


def sha256_of(data: Mapping[str, Any]) -> str:
    """Hash of a record that is given as data, in today's form or in that of releases 0.1.0 and 0.2.0.

    Whole floats hash like integers, so a record that passed through a program without the distinction (JavaScript
    writes 1.0 as 1) keeps its hash.

    Raises:
        ValueError: a field that the hash covers is missing.
    """
    runs = data.get("runs", ())
    if "seeds" not in data and all(isinstance(run, Mapping) and {"config", "seeds"} <= set(run) for run in runs):
        data = {**data, "seeds": together(run["seeds"] for run in runs), "configs": [run["config"] for run in runs]}
    missing = [name for name in HASHED if name not in data]
    if missing:
        raise ValueError(f"expected the fields {', '.join(HASHED)}, got none called {', '.join(missing)}")
    return hashlib.sha256(canonical({name: data[name] for name in HASHED}).encode("utf8")).hexdigest()


def together(seeds: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """The seeds of several runs, each once, sorted."""
    return tuple(sorted({seed for some in seeds for seed in some}))


def canonical(data: Any) -> str:
    """One text for one piece of JSON data, fit for hashing; whole floats are written like integers."""
    return json.dumps(_whole(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def rounded(value: int | float) -> int | float:
    """A number with the digits that records keep: twelve, fewer than sums in another order differ in.

    Integers stay as they are.
    """
    return value if is_int(value) else float(f"{value:.{DIGITS}g}")


def rounded_ends(ends: tuple[int | float, int | float] | None) -> tuple[int | float, int | float] | None:
    """The two ends of an interval with the digits that records keep; None where there is no interval."""
    return (rounded(ends[0]), rounded(ends[1])) if ends else None


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
