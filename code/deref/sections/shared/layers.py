"""Layers of experiments, by the keys under which families of results name them."""

from collections.abc import Mapping
from typing import NamedTuple

from deref.experiment import Experiment


class Layer(NamedTuple):
    """One layer of an experiment's models.

    Args:
        experiment: whose config has a model.
        index: of the layer, from 0; ids and titles count from 1.
    """

    experiment: Experiment
    index: int


def layers_of(models: Mapping[str, Experiment], *, last: bool = True) -> dict[tuple[str, str], Layer]:
    """Give every layer of some experiments, as members of a family such as "refine.{model}.lift-{layer}".

    Args:
        models: experiments by the keys that ids have for them.
        last: whether the last layer of each counts.

    Returns:
        Layers by the key of the model and the number of the layer, from "1".
    """
    return {(key, str(index + 1)): Layer(chosen, index) for key, chosen in models.items()
            for index in range(chosen.config.model.layers - (not last))}
