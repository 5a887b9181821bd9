"""Model X, the book's large one, of every seed that has ended: trained once, rounded, and read by the chapters.

Five seeds of 400,000 numbers are more than a repository should carry, so every row of a matrix is rounded to 35 levels.
Chapters read the rounded model; how much rounding moves its answers is a result (`x.rounding`).
"""

from collections.abc import Mapping
from functools import cache
from math import prod

import numpy as np
import torch
from torch import Tensor

from deref.model.transformer import Transformer
from deref.sections.shared.book_models import model_x
from deref.sections.shared.book_records import record

PART = "weights-x"
"""Of the sweep `book`."""
LEVELS = 17
"""A row is a whole number of times its own unit, from minus this to this."""


@cache
def members() -> Transformer:
    """The rounded models of every seed that is released, as one ensemble.

    Raises:
        Absent: no record of it is released.
    """
    columns = record(PART).columns
    return restored(tuple(columns["seed"]), {name: np.asarray(columns[name]) for name in ("levels", "units", "rest")})


def rounded(model: Transformer) -> dict[str, np.ndarray]:
    """The parameters of a model as columns of a record, a row of each for every seed.

    Args:
        model: of S seeds.

    Returns:
        "levels", whole numbers, of all matrices one after the other; "units", one for every row of a matrix; "rest",
        vectors as they are. All in the order of the model's parameters, units and rest in half precision.
    """
    levels, units, rest = [], [], []
    for value in model.state_dict().values():
        if value.ndim < 3:
            rest.append(value.half())
            continue
        unit = (value.abs().amax(-1) / LEVELS).half()
        units.append(unit)
        levels.append((value / unit[..., None].float().clamp(min=torch.finfo(torch.half).tiny)).round()
                      .clamp(-LEVELS, LEVELS).to(torch.int8))
    return {name: torch.cat([one.flatten(1) for one in found], 1).numpy()
            for name, found in (("levels", levels), ("units", units), ("rest", rest))}


def restored(seeds: tuple[int, ...], columns: Mapping[str, np.ndarray]) -> Transformer:
    """The model of some seeds, as `rounded` wrote it.

    Args:
        seeds: of the rows.
        columns: as `rounded` gives them.

    Raises:
        ValueError: more or fewer numbers than model X has.
    """
    config = model_x().train.model
    shapes = {name: tuple(value.shape[1:]) for name, value in Transformer(config, (0,)).state_dict().items()}
    left = {name: torch.from_numpy(np.array(columns[name])) for name in ("levels", "units", "rest")}
    state = {}
    for name, shape in shapes.items():
        if len(shape) < 2:
            state[name] = _take(left, "rest", shape).float()
        else:
            state[name] = _take(left, "levels", shape).float() * _take(left, "units", shape[:-1]).float()[..., None]
    if more := {name: value.shape[1] for name, value in left.items() if value.shape[1]}:
        raise ValueError(f"expected the numbers of model X and no more, got {more} more")
    return Transformer.from_state(config, seeds, state)


def _take(left: dict[str, Tensor], column: str, shape: tuple[int, ...]) -> Tensor:
    count = prod(shape)
    if left[column].shape[1] < count:
        raise ValueError(f"expected at least {count} further {column} of model X, got {left[column].shape[1]}")
    found, left[column] = left[column][:, :count], left[column][:, count:]
    return found.unflatten(1, shape)
