"""Which address bits a model uses: inferred from the cells whose flips change its answers.

A model that uses a set of address bits, and answers with the majority of the cells that they leave, depends on each of
those cells equally and on no other. So each set of bits predicts a table of influence, a row for each address and a
column for each cell, and the set whose table is most like the measured one is the set that the model uses.
"""

import dataclasses
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.pointer.flip import flip_test
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class KnownBits:
    """The address bits that each seed uses, inferred from flips.

    Args:
        bits: of each seed, the set whose predicted influence is most like the measured one; 0 is the most significant.
        likeness: of each seed, the cosine of the angle between the two tables, 1 where they agree in shape.
        influence: how often a flip changed the answer, (seed, address, cell).
    """

    bits: tuple[tuple[int, ...], ...]
    likeness: Float[np.ndarray, "seed"]
    influence: Float[np.ndarray, "seed address cell"]


def candidates(task: PointerTask, known: tuple[int, ...]) -> Float[np.ndarray, "address cell"]:
    """The cells that a set of address bits leaves possible, 1 or 0, a row for each address.

    Args:
        task: the pointer task.
        known: which address bits are known, 0 for the most significant.
    """
    bits = (np.arange(task.M)[:, None] >> (task.A - 1 - np.array(known, dtype=int))) & 1
    return (bits[:, None] == bits[None]).all(-1).astype(float)


def known_bits(model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]) -> KnownBits:
    """Identify the set of address bits that each seed of a model uses.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: to flip cells of.

    Returns:
        The best set of each seed, and how like it is.
    """
    return identified(flip_test(model, task, memories).changed.double().mean(1).numpy(), task)


def identified(influence: Float[np.ndarray, "seed address cell"], task: PointerTask) -> KnownBits:
    """Find the set of address bits that explains a table of influence best.

    Within one address a set predicts the same influence for every candidate. How large it is depends on their number,
    and a trained model's majority is not exact, so each row is compared by shape alone.

    Args:
        influence: how often a flip of each cell changed the answer at each address.
        task: the pointer task.
    """
    sets = [known for size in range(task.A + 1) for known in combinations(range(task.A), size)]
    predicted = np.stack([_unit(candidates(task, known)).ravel() for known in sets])
    likeness = _unit(influence).reshape(len(influence), -1) @ predicted.T / task.M
    best = likeness.argmax(1)
    return KnownBits(bits=tuple(sets[i] for i in best), likeness=likeness.max(1), influence=influence)


def _unit(table: np.ndarray) -> np.ndarray:
    """Rows of length one; a row of zeros stays as it is."""
    length = np.linalg.norm(table, axis=-1, keepdims=True)
    return np.divide(table, length, out=np.zeros_like(table), where=length > 0)
