"""One run in a process of its own: `python -m deref.cli.worker` is started by `pool` and `remote`, not by people.

It writes one JSON object a line to standard output, each a report of progress. If whoever reads them dies, the next
report fails, and the training ends at its last checkpoint.
"""

import argparse
import importlib
import json
import sys
import time
from dataclasses import replace
from typing import Any

from deref import experiments
from deref.cli.commands import INTERRUPTED, warnings_on_one_line
from deref.cli.device import NO_GPU, lacks_gpu
from deref.exact import Inexact
from deref.experiments import Experiment
from deref.progress import Report
from deref.runs.address import EXACT, IDENTITY
from deref.runs.files import StoreError
from deref.runs.store import Store

EVERY_S = 0.5
REMEDIES = {
    "code": "give the worker the same version of the project",
    "torch": "give both the same build of PyTorch",
    "device": "name the class of device that all workers have, with --device",
}


class Unlike(ValueError):
    """This machine would train another run than the one that was asked for."""


def main() -> int:
    """Train the run that the arguments name; 0 if it is in the store afterwards."""
    parser = argparse.ArgumentParser(prog="python -m deref.cli.worker")
    parser.add_argument("name")
    parser.add_argument("--module", required=True)
    parser.add_argument("--root")
    parser.add_argument("--device")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seeds", type=_seeds, help="other seeds than those of the declaration, such as 1000,1001")
    parser.add_argument("--expect", type=json.loads, help="the run's identity where it was asked for")
    given = parser.parse_args()
    said = 0.0

    def progress(report: Any) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY_S:
            said = time.monotonic()
            print(json.dumps(Report.of(report).to_json()), flush=True)

    try:
        with warnings_on_one_line():
            store = Store(given.root, device=given.device, threads=given.threads)
            if lacks_gpu(store):
                raise Unlike(f"{NO_GPU}: start workers for --device cuda on machines that have one")
            one = _declared(given.name, given.module)
            one = replace(one, seeds=given.seeds or one.seeds)
            if given.expect is not None:
                _compare(given.expect, store.identity(one.config, one.seeds))
            one.run(store, progress=progress)
    except (StoreError, Unlike, Inexact) as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return INTERRUPTED
    return 0


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


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
