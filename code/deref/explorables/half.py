"""Weights in half as many bytes: each 32-bit float as the nearest of 16 bits, eleven of them digits (IEEE 754)."""

import numpy as np


def halved(content: bytes) -> bytes:
    """Round little-endian 32-bit floats.

    Args:
        content: four bytes a number.

    Returns:
        Two bytes a number.

    Raises:
        ValueError: numbers that 16 bits cannot hold; pages read finite ones alone.
    """
    whole = np.frombuffer(content, dtype="<f4")
    with np.errstate(over="ignore"):
        numbers = whole.astype("<f2")
    if len(lost := whole[~np.isfinite(numbers)]):
        raise ValueError(f"expected finite numbers up to {np.finfo(np.float16).max:g}, got {lost[0]:g}")
    return numbers.tobytes()


def widened(content: bytes) -> bytes:
    """What `halved` wrote, as 32-bit floats again."""
    return np.frombuffer(content, dtype="<f2").astype("<f4").tobytes()
