"""A training step of an exact process, against one of an ordinary process: what the same bits everywhere cost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from subjects import narrow
from timing import Row, in_turns

from deref.train.config import TrainConfig
from evidence import exact

WIDTHS, ROUNDS = (16, 64), 3


def measure() -> Iterator[Row]:
    """Time steps in processes of both kinds, in turns, because a process cannot change its kind."""
    env = {name: value for name, value in os.environ.items() if name not in exact.environment()} | exact.ONE_THREAD
    for width in WIDTHS:
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for exactly, found in seconds.items():
                more = exact.environment() if exactly else {}
                done = subprocess.run([sys.executable, __file__, str(width)], env={**env, **more}, check=True,
                                      stdout=subprocess.PIPE, text=True)
                found.append(float(done.stdout))
        ordinary, exactly = (median(seconds[kind]) for kind in (False, True))
        yield Row(what=f"step at d = {width}, exact over ordinary",
                  value=f"{exactly / ordinary:.2f} x   ({1e3 * exactly:.2f} ms)")


def of_width(width: int) -> TrainConfig:
    """The recipe at which depth is studied, at another width."""
    config = narrow(16)
    return replace(config, model=replace(config.model, width=width, mlp=2 * width))


if __name__ == "__main__":
    step = of_width(int(sys.argv[1])).trainer(tuple(range(10))).advance
    print(in_turns({"step": step}, rounds=5)["step"])
