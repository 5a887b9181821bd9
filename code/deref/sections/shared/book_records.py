"""The released records of the sweep `book`, as curves and final accuracies of every arm, over its seeds.

A part whose record is not released raises `Absent`: pages then say which command computes it, and claims that need it
were not run.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float

from evidence.runs.sweep_record import SweepRecord, record_path
from evidence.unavailable import Absent

SHA256: Mapping[str, str] = {
    "at-8": "7f391f8b2599f9912d4a0f4c03abf90a223f9c421fcc92f50abf800d39461321",
    "data": "8e8abab180478155eaa018de879c1e2b20f5bdc5c60513a81117b0fd2b8f9af7",
    "depth-32": "47f524b5ad89062e5e7667a9de1af8bea084f0b0d99f5e3be8bb9c33f9e31eca",
    "fan-out": "a2c90f9b36dbdb15cb54574e4fba6037a8371f74dea35d4a4aeb619fb7ee05b1",
    "kitchen-sink": "667c6799d1e660be47a6ca47a2ef709b5ae32930c72a1151fa57efd0f19c9582",
    "learned": "b9c4cdc355e74735050a46fd6097dffab3c99ee0e6ac16a6e17431ea5c503bbf",
    "mlp": "a53dacb7781188b3f53772ef2c22314ddc365322bc83c23ad715ebee96d99e73",
    "recipes": "bb7ca77607dd28fd6525f0a9b7e3e4ed05ed8e31a81eb6f2915643f84edd76a0",
    "scale": "a8830eea15cdc708474513ef7f218a26c4a7d4fbf107e79825e984ed6f28f0ee",
    "sink-long": "3d4e450b30d9dc31c9431827d2e8863f17e594bf7df0ec6522187fbc7536fa6f",
    "sizes": "a7357e9ce665e35f4f378cee9f8ba0d02630afe3964cbc3365d3b08808dcc158",
    "starts-32": "a7ba4a67afd5bde2f53869f68e5a218135984bd0cf56af4a249b9162645a4867",
    "stop-8": "1c6d39f601fe04cc055ebfc9383e0dbbc6f713ce729bcc9299dcaf38fffd0045",
    "stream": "a888d75ed1c98e30ab9874a76c2fb33cedea2c2a29c352865920fb13375827ff",
    "supervision": "4cb83993a2168983d635d2ef85410e775b01c30f6cdd133c113ecd555351603f",
    "two-hop": "621d7149da0dbb96de30a186fa3842f4610c35092c53b5ded00d9e4d8794a0ce",
    "variants": "adc1cce89744c334649fe3dc9f60558e9b6fdf6347451278fba116e0adf2b617",
    "weights-x": "b83d22a375b72d4785412b3a746a4bd37961135c962d836a4b161b6068752f2d",
    "x": "5532788a5e0d14a2426e841ff22cf00eec31edc4acbf40df9b8b3aac3d7fa2cf",
}
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
        raise Absent(f"{command(part)} computes it", again=False)
    return SweepRecord.read(record_path(f"book-{part}"), SHA256[part])


@cache
def _rows(part: str, arm: str) -> dict[int, list[dict[str, Any]]]:
    """The rows of an arm, by seed."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in record(part).rows(arm=arm):
        found.setdefault(row["seed"], []).append(row)
    if not found:
        raise Absent(f"{command(part)} computes it", again=False)
    return dict(sorted(found.items()))


def steps(part: str, arm: str) -> Float[np.ndarray, "evaluation"]:
    """The steps at which an arm was evaluated; of seeds that stopped at different steps, those of the longest.

    Raises:
        Absent: no seed of it is released.
    """
    return np.array(max(([row["step"] for row in rows] for rows in _rows(part, arm).values()), key=len), dtype=float)


def curve(part: str, arm: str, column: str) -> Float[np.ndarray, "seed evaluation"]:
    """The learning curves of an arm; of seeds that stopped early, nan from then on.

    Args:
        part: of the sweep.
        arm: its name.
        column: "loss", of training, in nats, or "accuracy", on held-out questions.

    Raises:
        Absent: no seed of it is released.
    """
    found, length = _rows(part, arm), len(steps(part, arm))
    lines = [[row[column] for row in rows] for rows in found.values()]
    return np.array([line + [np.nan] * (length - len(line)) for line in lines], dtype=float)


def finals(part: str, arm: str) -> Float[np.ndarray, "seed"]:
    """The held-out accuracy of each seed after training.

    Raises:
        Absent: no seed of it is released.
    """
    return np.array([rows[-1]["accuracy"] for rows in _rows(part, arm).values()], dtype=float)

