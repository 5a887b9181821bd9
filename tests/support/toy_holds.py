"""A run, and a result, that keep the interpreter to themselves for minutes, as the loading of a large library does."""

import ctypes
import os
from pathlib import Path
from typing import Any

from deref.experiment import experiment
from evidence.config import config
from evidence.results import Estimate, result


def hold() -> None:
    """Say which process it is, and sleep without letting any other thread of it run."""
    (Path(os.environ["TOY_GATE"]) / str(os.getpid())).touch()
    ctypes.PyDLL(None).sleep(300)


@config
class Holds:
    """What never comes to its first step."""

    steps: int = 1

    def trainer(self, seeds: tuple[int, ...], device: str = "cpu") -> Any:
        hold()


experiment("toy-holds", config=Holds(), seeds=(0,), about="It holds on to the interpreter.")
experiment("toy-holds-too", config=Holds(), seeds=(1,), about="It does, too.")


@result("toy.held", title="A number that does not come", format="d")
def held(store: Any) -> Estimate:
    """It holds on to the interpreter."""
    hold()
    raise AssertionError
