"""One run in a process of its own: `python -m deref.cli.worker` is started by `deref.cli.pool`, not by people.

It writes one JSON object a line to standard output, each a report of progress. If whoever reads them dies, the next
report fails, and the training ends at its last checkpoint.
"""

import argparse
import importlib
import json
import sys
import time
from typing import Any

from deref import experiments
from deref.cli.commands import INTERRUPTED, warnings_on_one_line
from deref.progress import Report
from deref.runs.files import StoreError
from deref.runs.store import Store

EVERY_S = 0.5


def main() -> int:
    """Train the run that the arguments name; 0 if it is in the store afterwards."""
    parser = argparse.ArgumentParser(prog="python -m deref.cli.worker")
    parser.add_argument("name")
    parser.add_argument("--module", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    importlib.import_module(given.module)
    said = 0.0

    def progress(report: Any) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY_S:
            said = time.monotonic()
            print(json.dumps(Report.of(report).to_json()), flush=True)

    try:
        with warnings_on_one_line():
            store = Store(given.root, device=given.device, threads=given.threads)
            experiments.get(given.name).run(store, progress=progress)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
