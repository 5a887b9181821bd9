"""A training step with MKL told to choose by what the processor can do, against one where it asks who made it.

On Intel's processors both are the same, and where set-up found no C compiler there is nothing to compare.
"""

import os
from collections.abc import Iterator

from timing import Row, in_processes

from evidence import exact, vendor

STEPS = {"d = 16, ten seeds": "of_width(16).trainer(tuple(range(10)))", "d = 128": "wide(32).trainer((0,))"}
TIMED = "from exact import of_width; from subjects import wide; from timing import in_turns; import torch; " \
        "torch.set_num_threads(1); print(in_turns({{'': {step}.advance}}, rounds=5)[''])"


def measure() -> Iterator[Row]:
    """Time steps in processes of both kinds."""
    told = vendor.environment()
    if not told:
        yield Row(what="step, told over asking", value=f"left out: no {vendor.LIBRARY.name} in this environment")
        return
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"} | exact.ONE_THREAD
    for name, step in STEPS.items():
        seconds = in_processes({"asking": env, "told": {**env, **told}}, ["-c", TIMED.format(step=step)])
        yield Row(what=f"step at {name}, told over asking",
                  value=f"{seconds['told'] / seconds['asking']:.2f} x   ({1e3 * seconds['told']:.2f} ms)")
