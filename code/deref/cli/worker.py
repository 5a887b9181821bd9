"""A process that trains runs, one after the other: `pool` and `remote` start it, and people do not.

It reads ORDERS, one JSON object a line, from standard input, and writes one JSON object a line to standard output: the
reports of a run, and `DONE` behind the last. A run that fails ends the process; why is on standard error, and whoever
gave the order starts another. The order `STOP` ends it after a checkpoint. It ends with whoever started it, and with
its standard input, in the middle of a run too, for then nobody wants it any more (see `orders`); what was checkpointed
stays.
"""

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from deref import experiment as experiments
from deref.cli.commands import INTERRUPTED, warnings_on_one_line
from deref.cli.device import NO_GPU, lacks_gpu
from deref.cli.orders import orders
from deref.experiment import Experiment
from deref.progress import Report
from evidence.exact import Inexact
from evidence.files import StoreError
from evidence.runs.address import EXACT, IDENTITY
from evidence.runs.store import Stopped, Store

STOP = "stop"
DONE = json.dumps({"done": True})
EVERY_S = 0.5
REMEDIES = {
    "code": "give the worker the same version of the project",
    "torch": "give both the same build of PyTorch",
    "device": "name the class of device that all workers have, with --device",
}


class Unlike(ValueError):
    """This machine would train another run than the one that was asked for."""


def order(one: Experiment, store: Store, **more: Any) -> dict[str, Any]:
    """What a worker is told in order to train a run.

    Args:
        one: the run; its seeds may be others than those of its declaration.
        store: names the number of threads.
        more: `root` and `device` of the worker's store, if they are not to be its own, and `expect`, the run's identity
            where it was asked for.
    """
    return {"name": one.name, "module": one.module, "seeds": one.seeds, "threads": store.threads, **more}


def main() -> int:
    """Train what is ordered until a run fails; its exit status."""
    given = orders()
    try:
        while True:
            if (one := given.get()) == STOP:
                return INTERRUPTED
            # Nobody gives another order while one is carried out, but for STOP.
            _train(**json.loads(one), stopping=lambda: not given.empty())
            gc.collect()  # models hold themselves in circles
            print(DONE, flush=True)
    except (StoreError, Unlike, Inexact) as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError, Stopped):
        return INTERRUPTED


def _train(name: str, module: str, threads: int, root: str | None = None, device: str | None = None,
           seeds: Sequence[int] = (), expect: dict[str, Any] | None = None,
           stopping: Callable[[], bool] = lambda: False) -> None:
    """Train one run; nothing of it is left in the process afterwards but the modules that it imported.

    Raises:
        Stopped: `stopping` said so, and there is a checkpoint.
        Unlike: this machine lacks the run or a GPU, or would train another run.
        StoreError: the store cannot be read or written.
        Inexact: the process was to be an exact one, and is not.
    """
    said = 0.0

    def progress(report: Any) -> None:
        nonlocal said
        if stopping():
            raise Stopped
        if time.monotonic() - said >= EVERY_S:
            said = time.monotonic()
            print(json.dumps(Report.of(report).to_json()), flush=True)

    with warnings_on_one_line():
        store = Store(root, device=device, threads=threads)
        if lacks_gpu(store):
            raise Unlike(f"{NO_GPU}: start workers for --device cuda on machines that have one")
        one = _declared(name, module)
        one = replace(one, seeds=tuple(seeds) or one.seeds)
        if expect is not None:
            _compare(expect, store.identity(one.config, one.seeds))
        one.run(store, progress=progress)


def _declared(name: str, module: str) -> Experiment:
    try:
        importlib.import_module(module)
        return experiments.get(name)
    except (ModuleNotFoundError, ValueError) as error:
        raise Unlike(f"expected the experiment {name} in {module}, but here: {error}; {REMEDIES['code']}") from error


def _compare(expected: dict[str, Any], found: dict[str, Any]) -> None:
    unlike = [key for key in (*IDENTITY, EXACT) if expected.get(key) != found.get(key)]
    if unlike:
        # Other code often declares another configuration too, and says so at less length.
        named = [key for key in unlike if key in REMEDIES] or unlike
        raise Unlike("; ".join(f"expected {key} {expected.get(key)}, got {found.get(key)}: "
                               f"{REMEDIES.get(key, REMEDIES['code'])}" for key in named))


if __name__ == "__main__":
    sys.exit(main())
