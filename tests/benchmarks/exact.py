"""A training step of an exact process, against one of an ordinary process: what the same bits everywhere cost."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace

from subjects import narrow
from timing import Row, in_processes, in_turns

from deref.train.config import TrainConfig
from evidence import exact

WIDTHS = (16, 64)


def measure() -> Iterator[Row]:
    """Time steps in processes of both kinds."""
    env = {name: value for name, value in os.environ.items() if name not in exact.environment()} | exact.ONE_THREAD
    for width in WIDTHS:
        seconds = in_processes({"ordinary": env, "exact": {**env, **exact.environment()}}, [__file__, str(width)])
        yield Row(what=f"step at d = {width}, exact over ordinary",
                  value=f"{seconds['exact'] / seconds['ordinary']:.2f} x   ({1e3 * seconds['exact']:.2f} ms)")


def of_width(width: int) -> TrainConfig:
    """The recipe at which depth is studied, at another width."""
    config = narrow(16)
    return replace(config, model=replace(config.model, width=width, mlp=2 * width))


if __name__ == "__main__":
    step = of_width(int(sys.argv[1])).trainer(tuple(range(10))).advance
    print(in_turns({"step": step}, rounds=5)["step"])
