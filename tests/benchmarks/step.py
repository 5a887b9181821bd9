"""A training step at d = 128, as a share of what the machine's own matrix product reaches."""

import shutil
import time
from collections.abc import Iterator

from subjects import necessary_operations, wide
from timing import Row, in_turns, sgemm

from deref.train.trainer import Trainer


def measure() -> Iterator[Row]:
    """Time steps beside matrix products, plain and, where there is a compiler, compiled."""
    config = wide(32)
    product, product_operations = sgemm()
    steps = {"plain": config.trainer((0,)).advance}
    if any(map(shutil.which, ("g++", "clang++"))):
        steps["torch.compile"] = Trainer(config, config.model.build((0,)), compiled=True).advance
        start = time.perf_counter()
        steps["torch.compile"]()
        yield Row(what="compiling the step", value=f"{time.perf_counter() - start:.0f} s")
    else:
        yield Row(what="compiling the step", value="left out: no C++ compiler found")
    seconds = in_turns({"sgemm": product, **steps}, rounds=15)
    rate = product_operations / seconds["sgemm"]
    yield Row(what="sgemm", value=f"{rate / 1e9:.1f} GFLOP/s")
    for name, goal in (("plain", 45), ("torch.compile", 60)):
        if name in seconds:
            share = necessary_operations(config) / seconds[name] / rate
            yield Row(what=f"step, {name}: share of sgemm's rate", goal=f"at least {goal} %",
                      value=f"{100 * share:.0f} %   ({1e3 * seconds[name]:.1f} ms)")
