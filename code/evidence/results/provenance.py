"""Where a number comes from: the code that computed it, the runs it read, the machine and the versions."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from evidence import exact
from evidence.config import to_json
from evidence.provenance import code, git, source
from evidence.records.content import rounded, rounded_ends
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
    return Record(id=result.id, title=result.title, value=rounded(found.value), ci=rounded_ends(found.ci),
                  method=found.method, unit=result.unit, format=result.format, n=found.n, n_of=found.n_of,
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
    commit, clean = _commit(source.CODE)
    hardware = list(dict.fromkeys(run.hardware for run in runs)) or [origin.hardware(store.device)]
    threads = [run.threads for run in runs] or [store.threads]
    build = {"commit": commit, "clean": clean, "hardware": "; ".join(hardware), "threads": max(threads),
             "wall_s": round(sum(run.wall_s for run in runs), 3) if runs else None}
    if store.exact:
        build[EXACT] = {"settings": exact.described(), "weights": [run.weights for run in runs]}
    return build


def code_of(modules: Iterable[str]) -> str:
    """As `evidence.provenance.code`, computed once: code that is imported does not change under a running process."""
    return _code_of(tuple(sorted(set(modules))))


_code_of = functools.cache(code.code_of)
_commit = functools.cache(git.commit)
