"""What a record's hash covers, and how: one text for one content, whichever program wrote it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any

from evidence.numbers import is_int

FORM = 2
"""Of records as they are written today. Those of releases 0.1.0 and 0.2.0 name no form, which makes it 1."""

HASHED = {
    # `seeds` and `configs` are those of its runs together
    1: ("id", "value", "ci", "n", "seeds", "configs", "code", "versions"),
    # all but `build`: what a result is says nothing of the machine and the day on which it was computed again
    2: ("form", "id", "title", "value", "ci", "method", "unit", "format", "n", "n_of", "runs", "module", "function",
        "code", "versions"),
}
"""By form; the hash of a record that is out never changes, so a form that hashes something else is a new one."""

DIGITS = 12


def sha256_of(data: Mapping[str, Any]) -> str:
    """Hash of a record that is given as data, by the rule of its own form.

    Whole floats hash like integers, so a record that passed through a program without the distinction (JavaScript
    writes 1.0 as 1) keeps its hash.

    Raises:
        ValueError: a form that nobody knows, or a field is missing that the hash of this form covers.
    """
    hashed = HASHED[form_of(data)]
    missing = [name for name in hashed if name not in data]
    if missing:
        raise ValueError(f"expected the fields {', '.join(hashed)}, got none called {', '.join(missing)}")
    return hashlib.sha256(canonical({name: data[name] for name in hashed}).encode("utf8")).hexdigest()


def form_of(data: Mapping[str, Any]) -> int:
    """The form of a record that is given as data.

    Raises:
        ValueError: one that nobody knows.
    """
    form = data.get("form", 1)
    if not is_int(form) or form not in HASHED or ("form" in data) != (form > 1):
        raise ValueError(f"record {data.get('id')!r}: expected its form to be {FORM}, got {form!r:.80}; a later "
                         "version of this project may know it")
    return form


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
    if isinstance(value, (str, int, NoneType)):  # most are, and it takes long to ask whether one is a mapping
        return value
    if isinstance(value, Mapping):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
