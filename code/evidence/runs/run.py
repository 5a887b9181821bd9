"""A trained run, as chapters and results get it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A configuration trained with an ensemble of seeds.

    The model is shared by everyone in the process who asks for this run, so nobody may change it: it is on the CPU, in
    evaluation mode, and its parameters ask for no gradients.

    Args:
        config: the configuration.
        seeds: the ensemble's seeds, in the order of the model's leading axis.
        address: the hash of everything that the run depends on.
        model: the trained model, of the kind that its configuration builds.
        history: its learning curves.
        weights: SHA-256 of the file that holds its weights.
        wall_s: seconds that training took.
        created: when training ended, UTC, ISO 8601.
        device: class of the device that it was trained on, "cpu" or "cuda".
        threads: number of threads that it was trained with.
        hardware: the processor it was trained on.
        versions: versions of Python and packages, by name.
        code: fingerprint of the code that trained it.
        path: the directory of its files.
    """

    config: Any
    seeds: tuple[int, ...]
    address: str
    model: Any = field(repr=False)
    history: Any = field(repr=False)
    weights: str = field(repr=False)
    wall_s: float
    created: str
    device: str
    threads: int
    hardware: str
    versions: dict[str, str]
    code: str
    path: Path
