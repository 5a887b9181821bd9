"""Softmax by hand: one query and five keys in a plane, to be moved."""

import math
from typing import Any

import torch
from matplotlib.figure import Figure

from deref.explorables.numbers import numbers
from deref.figures.plane import arrows, weight_bars
from deref.figures.style import subplots
from deref.model.attention import attention
from deref.probes.measures.entropy import entropy_bits
from evidence.results.explorable import Explorable

QUERY = (1.4, 1.0)
KEYS = ((1.8, 0.6), (0.4, 1.9), (-1.5, 1.0), (-1.0, -1.4), (1.2, -1.5))
VALUES = (3.0, 1.0, 4.0, 5.0, 9.0)
NAMES = ("A", "B", "C", "D", "E")
SIZES = (2, 4, 8, 16, 32, 64, 128)
"""The sizes of a key that readers can choose; the plane shows the first two coordinates of each."""
_SEED = 6


def softmax_by_hand() -> Explorable:
    """Export the first positions, the hidden coordinates of larger keys, and what PyTorch makes of some settings."""
    rest = hidden()
    data = {"query": QUERY, "keys": KEYS, "values": VALUES, "names": NAMES, "sizes": SIZES, "hidden": numbers(rest, 4)}
    cases = [case(*settings) for settings in (
        (QUERY, 1.0, 2, True), (QUERY, 0.25, 2, True), ((-2.0, 0.3), 3.0, 2, False), (QUERY, 1.0, 64, True),
        (QUERY, 1.0, 128, False), ((0.0, 0.0), 0.05, 2, True), ((2.9, -2.9), 0.05, 128, False))]
    figure, table = _drawing()
    return Explorable(module="softmax-by-hand", data=data, references={"cases": cases}, figure=figure, table=table)


def hidden() -> torch.Tensor:
    """Draw the coordinates that the plane does not show: (query and keys, coordinate), normal, to four digits."""
    drawn = torch.randn(1 + len(KEYS), SIZES[-1] - 2, generator=torch.Generator().manual_seed(_SEED),
                        dtype=torch.float64)
    return (drawn * 1e4).round() / 1e4


def case(query: tuple[float, float], temperature: float, size: int, scaled: bool) -> dict[str, Any]:
    """What PyTorch computes for one setting.

    Args:
        query: in the plane.
        temperature: that scores are divided by.
        size: of a key, d_k; all but two of the coordinates are those of `hidden`.
        scaled: whether scores are divided by the root of the size as well.

    Returns:
        The setting, the weights, their entropy in bits, and the returned value.
    """
    rest = hidden()[:, : size - 2]
    plane = torch.tensor([query, *KEYS], dtype=torch.float64)
    vectors = torch.cat([plane, rest], dim=1)
    factor = (1 if scaled else math.sqrt(size)) / temperature  # `attention` divides by the root itself
    mixed, pattern = attention(vectors[:1] * factor, vectors[1:], torch.tensor(VALUES, dtype=torch.float64)[:, None],
                               torch.ones(1, len(KEYS), dtype=torch.bool))
    weights = pattern[0]
    entropy = entropy_bits(weights)
    return {"query": list(query), "temperature": temperature, "size": size, "scaled": scaled,
            "weights": numbers(weights, 9), "entropy": round(entropy.item(), 9), "returned": round(mixed.item(), 9)}


def _drawing() -> tuple[Figure, dict[str, list]]:
    """The first setting: the plane, and the weights."""
    weights = case(QUERY, 1.0, 2, True)["weights"]
    figure, (left, right) = subplots(1, 2, height=3.0)
    arrows(left, QUERY, KEYS, NAMES)
    weight_bars(right, weights, [f"{name}: {value:g}" for name, value in zip(NAMES, VALUES, strict=True)])
    return figure, {"key": list(NAMES), "x": [x for x, _ in KEYS], "y": [y for _, y in KEYS], "value": list(VALUES),
                    "weight": weights}
