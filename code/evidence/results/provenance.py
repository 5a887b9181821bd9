"""Where a number comes from: the code that computed it, the runs it read, the machine and the versions."""

import functools
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evidence import exact
from evidence.config import to_json
from evidence.provenance import source
from evidence.records.content import rounded
from evidence.records.record import EXACT, Record, RunUsed
from evidence.results.registry import Result
from evidence.runs import Run, Store, origin, settings, training


def record_of(result: Result, store: Store) -> Record:
    """Compute a result, and note everything that it rests on.

    Args:
        result: a registered result.
        store: of the runs; those that are missing are trained. Its number of threads is used here too, because sums
            over threads differ in their last digits.

    Returns:
        The record; its runs and configurations are in the order in which the function first asked for them.

    Raises:
        Inexact: the store's runs are exact, and this process does not compute exactly.
    """
    if store.exact:
        training.check_exact()
    with store.recording() as runs, settings.fixed(store.threads):
        found = result.function(store)
    ci = found.ci and tuple(map(rounded, found.ci))
    return Record(id=result.id, title=result.title, value=rounded(found.value), ci=ci, method=found.method,
                  unit=result.unit, format=result.format, n=found.n, n_of=found.n_of,
                  runs=used(runs), module=result.module, function=result.function_name,
                  code=code_of([result.module]), versions=origin.versions(), build=build_of(runs, store))


def used(runs: Iterable[Run]) -> tuple[RunUsed, ...]:
    """What records and figures say of the runs behind them."""
    return tuple(RunUsed(address=run.address, config=to_json(run.config), seeds=run.seeds) for run in runs)


def build_of(runs: Sequence[Run], store: Store) -> dict[str, Any]:
    """Describe the build around some runs: what may differ without making another result.

    Returns:
        "commit" and "clean" (None outside a repository), "hardware" and "threads" of the training, or of this process
        where nothing was trained, and "wall_s", the seconds that training took (None where nothing was trained).
        Of an exact store also "exact": the "settings" of the process and "weights", the hashes of each run's.
    """
    commit, clean = _commit()
    hardware = list(dict.fromkeys(run.hardware for run in runs)) or [origin.hardware(store.device)]
    threads = [run.threads for run in runs] or [store.threads]
    build = {"commit": commit, "clean": clean, "hardware": "; ".join(hardware), "threads": max(threads),
             "wall_s": round(sum(run.wall_s for run in runs), 3) if runs else None}
    if store.exact:
        build[EXACT] = {"settings": exact.described(), "weights": [run.weights for run in runs]}
    return build


def code_of(modules: Iterable[str]) -> str:
    """Fingerprint all the project's code that some modules can reach.

    Args:
        modules: dotted names of imported modules, of this project or a reader's own.

    Raises:
        ValueError: a module that was not read from a file.
    """
    return _code_of(tuple(sorted(set(modules))))


@functools.cache  # code that is imported already does not change under a running process
def _code_of(modules: tuple[str, ...]) -> str:
    known = source.module_map(source.CODE)
    theirs = {name: _text(name) for name in modules if name not in known}
    names = [name for name in modules if name in known]
    names += [imported for text in theirs.values() for imported in source.imports_of(text)]
    parts = [source.fingerprint(source.closure(names, source.CODE), source.CODE)]
    parts += [f"{name} {source.digest(text)}" for name, text in theirs.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if theirs else parts[0]


def _text(module: str) -> str:
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        raise ValueError(f"expected a module that was read from a file, so that changes of its code are seen, "
                         f"got {module!r}")
    return Path(path).read_text("utf-8")


@functools.cache
def _commit() -> tuple[str | None, bool | None]:
    """The commit that this code was checked out from, and whether nothing was changed since."""
    commit = _git("rev-parse", "HEAD")
    return (commit.strip(), not _git("status", "--porcelain")) if commit else (None, None)


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=source.CODE, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
