"""The values of all results, module by module, in processes that stay: one thread each, and what is done is kept.

`python -m deref.cli.values` is such a process, started by `compute` and not by people. It reads names of modules from
standard input, writes the results of each into a file, and answers with the name; at the end of its input it ends.
"""

import argparse
import contextlib
import importlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deref.cli.commands import INTERRUPTED, path_argument, warnings_on_one_line
from deref.cli.orders import orders
from deref.cli.pool import environment, why
from evidence.files import write_file
from evidence.results import registry
from evidence.results.provenance import record_of
from evidence.results.shifted import Shifted
from evidence.runs.store import Store, using
from evidence.unavailable import Absent


def compute(modules: Sequence[str], ids: Sequence[str], store: Store, offset: int, folder: Path, jobs: int,
            say: Callable[[str], None]) -> dict[str, str]:
    """Compute the results that modules declare, several modules at a time; those that a folder has are taken from it.

    Args:
        modules: names of modules of results.
        ids: of the results to compute; others of these modules are left out.
        store: of the runs.
        offset: added to every seed.
        folder: where a file is kept for each module (see `read`).
        jobs: how many processes work at a time.
        say: takes a line about what was done.

    Returns:
        Modules whose process died over them, with the reason.

    Raises:
        KeyboardInterrupt: after every process was ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ids").write_text("\n".join(ids), "utf-8")
    done = [name for name in modules if complete(folder, name)]
    waiting, lost = deque(name for name in modules if name not in done), {}
    if done:
        say(f"values of {len(done)} of {len(modules)} modules are there already")
    command = [sys.executable, "-m", "deref.cli.values", "--root", str(store.root), "--device", store.device,
               "--threads", str(store.threads), "--offset", str(offset), "--folder", str(folder)]
    workers = [_Worker(command, environment(store.threads)) for _ in range(min(jobs, len(waiting)))]

    def work(worker: _Worker) -> None:
        while waiting:
            try:
                name = waiting.popleft()
            except IndexError:  # another thread was faster
                break
            if reason := worker.computes(name):
                lost[name] = reason
            else:
                done.append(name)
                say(f"values of {name} ({len(done)} of {len(modules)})")
        worker.end()

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        waiting.clear()
        for worker in workers:
            worker.terminate()
    return lost


class _Worker:
    """A process that computes one module after the other: started at the first, and anew after one it died over.

    Args:
        command: that starts it.
        environment: of the process.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.command, self.environment = command, environment
        self.process: subprocess.Popen[str] | None = None

    def computes(self, module: str) -> str:
        """Have a module's values computed; empty if they were, else why the process died over them."""
        if self.process is None:
            self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            print(module, file=self.process.stdin, flush=True)
            assert self.process.stdout  # a pipe, as was asked for
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        return "" if answer.strip() == module else why(self.end(), "")

    def end(self) -> int:
        """Let the process end, if there is one, and say how it did."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        return process.wait()

    def terminate(self) -> None:
        """End the process now."""
        if (process := self.process) is not None:
            process.terminate()


def read(folder: Path, module: str) -> dict[str, Any]:
    """What a process found for one module.

    Returns:
        "records", and "not_run" and "failed" with the reason by id; all empty where nothing was kept.
    """
    path = folder / f"{module}.json"
    if not path.exists():
        return {"records": [], "not_run": {}, "failed": {}}
    return json.loads(path.read_text("utf-8"))


def complete(folder: Path, module: str) -> bool:
    """Whether a module's values are all there, so that another try could mend nothing."""
    return (folder / f"{module}.json").exists() and not read(folder, module)["failed"]


def _found(module: str, ids: set[str], store: Store) -> dict[str, Any]:
    found: dict[str, Any] = {"records": [], "not_run": {}, "failed": {}}
    importlib.import_module(module)
    for id in registry.ids():
        result = registry.get(id)
        if result.module != module or id not in ids:
            continue
        try:
            found["records"].append(record_of(result, store).to_json())
        except Absent as reason:
            found["not_run"][id] = str(reason)
        except Exception as error:  # of one result, such as one of an ensemble in which no seed solves its task
            found["failed"][id] = " ".join(f"{type(error).__name__}: {error}".split())[:400]
    return found


def main() -> int:
    """Compute what standard input names, module by module."""
    parser = argparse.ArgumentParser(prog="python -m deref.cli.values")
    parser.add_argument("--root", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--offset", type=int, required=True)
    parser.add_argument("--folder", type=path_argument, required=True)
    given, modules = parser.parse_args(), orders()
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a result prints is for people
    ids = set((given.folder / "ids").read_text("utf-8").split())
    store = Shifted(Store(given.root, device=given.device, threads=given.threads), given.offset)
    try:
        with warnings_on_one_line(), using(store):
            while True:
                module = modules.get()
                text = json.dumps(_found(module, ids, store))
                write_file(given.folder / f"{module}.json", text.encode(), given.folder / "work")
                print(module, file=answers, flush=True)
    except (KeyboardInterrupt, BrokenPipeError):
        return INTERRUPTED


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "agg")
    sys.exit(main())
