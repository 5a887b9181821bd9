"""JSON for programs, which people can still search: a line for each entry of a list, and no white space within."""

import json
from collections.abc import Mapping
from typing import Any


def rows(data: Mapping[str, Any]) -> str:
    """The text of a file whose top level is an object; entries of the lists right below it have a line each.

    Args:
        data: anything that JSON has; keys are sorted.

    Raises:
        ValueError: a number that JSON does not have.
    """
    return "{\n" + ",\n".join(f"{_compact(name)}:{_entries(held)}" for name, held in sorted(data.items())) + "\n}\n"


def entries(data: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a file whose top level is an object of objects; what these hold has a line each.

    Args:
        data: anything that JSON has; keys are sorted.

    Raises:
        ValueError: a number that JSON does not have.
    """
    parts = (f" {_compact(name)}: " + "{\n" + ",\n".join(f"  {_compact(key)}: {_compact(value)}"
             for key, value in sorted(held.items())) + "\n }" for name, held in sorted(data.items()))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _entries(held: Any) -> str:
    if not isinstance(held, (list, tuple)) or not held:
        return _compact(held)
    return "[\n" + ",\n".join(map(_compact, held)) + "\n]"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
