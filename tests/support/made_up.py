"""Records with made-up numbers."""

from typing import Any

from evidence.records import Record, RunUsed

RUN = RunUsed(address="a" * 64, config={"type": "Quadratic", "size": 3, "steps": 4, "lr": 0.1}, seeds=(0, 1, 2, 4))


def record(id: str = "made.up", value: float = 0.5, **changes: Any) -> Record:
    """A record of a number that nothing computed.

    Args:
        id: of the result.
        value: the number.
        **changes: other fields than the usual ones.
    """
    fields: dict[str, Any] = {
        "title": "A made-up share", "ci": None, "method": "made up", "unit": "", "format": ".3g", "n": 10,
        "n_of": "seeds", "runs": (RUN,), "module": "made_up", "function": "number", "code": "0" * 64,
        "versions": {"python": "3.11.7", "torch": "2.13.0", "numpy": "2.4.6", "deref": "0.1.0"},
        "build": {"commit": "c" * 40, "clean": True, "hardware": "a desk", "threads": 1, "wall_s": 2.5},
    }
    return Record(id=id, value=value, **{**fields, **changes})
