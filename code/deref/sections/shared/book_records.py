"""The released records of the sweep `book`, as results: what became of every arm, over its seeds.

A part whose record is not released raises `Absent`: pages then say which command computes it, and claims that need it
were not run.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from jaxtyping import Float

from evidence.runs.sweep_record import SweepRecord, record_path
from evidence.unavailable import Absent

SHA256: Mapping[str, str] = {}
"""The checksum of each part's record."""


def command(part: str) -> str:
    """What computes a part."""
    return f"deref sweep book --part {part}"


@cache
def record(part: str) -> SweepRecord:
    """The released record of a part, exactly the one that is stated here.

    Raises:
        Absent: no record of it is released.
    """
    if part not in SHA256:
        raise Absent(f"no record is released; `{command(part)}` computes it", again=False)
    return SweepRecord.read(record_path(f"book-{part}"), SHA256[part])


@cache
def _rows(part: str, arm: str) -> dict[int, list[dict]]:
    """The rows of an arm, by seed."""
    found: dict[int, list[dict]] = {}
    for row in record(part).rows(arm=arm):
        found.setdefault(row["seed"], []).append(row)
    if not found:
        raise Absent(f"the released record lacks the arm {arm}; `{command(part)}` computes it", again=False)
    return found


def seeds(part: str, arm: str) -> list[int]:
    """The seeds of an arm that have ended.

    Raises:
        Absent: none is released.
    """
    return sorted(_rows(part, arm))


def steps(part: str, arm: str) -> Float[np.ndarray, "evaluation"]:
    """The steps at which an arm was evaluated; of seeds that stopped at different steps, those of the longest."""
    return np.array(max(([row["step"] for row in rows] for rows in _rows(part, arm).values()), key=len), dtype=float)


def curve(part: str, arm: str, column: str) -> Float[np.ndarray, "seed evaluation"]:
    """The learning curves of an arm; of seeds that stopped early, nan from then on.

    Args:
        part: of the sweep.
        arm: its name.
        column: "loss", of training, or "accuracy", on held-out questions.

    Raises:
        Absent: none is released.
    """
    found, length = _rows(part, arm), len(steps(part, arm))
    lines = [[row[column] for row in found[seed]] for seed in sorted(found)]
    return np.array([line + [np.nan] * (length - len(line)) for line in lines], dtype=float)


def finals(part: str, arm: str) -> Float[np.ndarray, "seed"]:
    """The held-out accuracy of each seed after training.

    Raises:
        Absent: none is released.
    """
    return np.array([rows[-1]["accuracy"] for _, rows in sorted(_rows(part, arm).items())])
