"""Faults, injected one after the other: what breaks in other people's hands, tried here first.

A module `faults_*.py` beside this one declares KINDS of faults. A kind has a line that says what holds in spite of all
of them, a function that injects one into an empty folder and raises what is not as it should be, and its cases. A case
that takes longer than its time is a hang, and failed.

`python tests/faults/campaign.py` tries every case of every kind (`make faults`), or of those that are named, and prints
how many were tried, held and failed. `make test` tries a sample.
"""

import argparse
import contextlib
import importlib
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEIGHBOURS = [HERE, HERE.parent / "support", HERE.parents[1] / "scripts"]
SAMPLE = 40
"""One of so many cases of a kind is tried with every test, and at least one."""

KINDS: dict[str, "Kind"] = {}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Faults of one kind.

    Args:
        name: lower-case words.
        holds: what holds in spite of them, in one sentence.
        inject: injects one into an empty folder; raises anything if it does not hold.
        cases: the last arguments of `inject`, by name.
        patience_s: seconds after which a case is a hang.
    """

    name: str
    holds: str
    inject: Callable[..., None]
    cases: Mapping[str, tuple[Any, ...]]
    patience_s: float


def kind(name: str, holds: str, cases: Mapping[str, tuple[Any, ...]], *, patience_s: float = 120) -> Callable:
    """Declare a kind of faults by the function that injects one."""
    def declare(inject: Callable[..., None]) -> Callable[..., None]:
        KINDS[name] = Kind(name=name, holds=holds, inject=inject, cases=cases, patience_s=patience_s)
        return inject

    return declare


def load() -> dict[str, Kind]:
    """All kinds, from all modules beside this one."""
    for path in sorted(HERE.glob("faults_*.py")):
        importlib.import_module(path.stem)
    return KINDS


def sample() -> list[tuple[str, str]]:
    """The names of some kinds and cases: of each kind the first, and one of each `SAMPLE` behind it."""
    return [(one.name, case) for one in load().values() for case in list(one.cases)[::SAMPLE]]


class Hang(BaseException):
    """A case that did not come to its end; no handler of errors takes it for one."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Hang where a case takes longer."""
    def stop(*_: Any) -> None:
        raise Hang(f"it did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def attempt(one: Kind, case: str) -> None:
    """Inject one fault; raises what did not hold."""
    with (tempfile.TemporaryDirectory(prefix="fault-") as folder, limited(one.patience_s),
          warnings.catch_warnings()):
        warnings.simplefilter("ignore")
        one.inject(Path(folder), *one.cases[case])


def main(arguments: list[str]) -> int:
    """Try the kinds that are named, or all; 1 if one did not hold."""
    parser = argparse.ArgumentParser(description="Inject faults, and see what holds.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="(default: all)")
    parser.add_argument("--list", action="store_true", help="list the kinds")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th case of each kind")
    given = parser.parse_args(arguments)
    known = load()
    if unknown := set(given.kinds) - set(known):
        parser.error(f"expected kinds among {', '.join(known)}, got {', '.join(sorted(unknown))}")
    if given.list:
        for one in known.values():
            print(f"{len(one.cases):5}  {one.name}: {one.holds}")
        return 0
    tried = failed = 0
    for name in given.kinds or known:
        one, lost, began = known[name], {}, time.monotonic()
        cases = list(one.cases)[:: max(1, given.every)]
        for case in cases:
            try:
                attempt(one, case)
            except (Exception, Hang):
                lost[case] = traceback.format_exc(limit=-2).strip()
        tried, failed = tried + len(cases), failed + len(lost)
        print(f"{name:24} tried {len(cases):4}, held {len(cases) - len(lost):4}, failed {len(lost):3}   "
              f"({time.monotonic() - began:.0f} s)", flush=True)
        for case, error in lost.items():
            print(f"  {case}\n    " + error.replace("\n", "\n    "), flush=True)
    print(f"{'all':24} tried {tried:4}, held {tried - failed:4}, failed {failed:3}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.path[:0] = map(str, NEIGHBOURS)
    import campaign  # the module that the others declare their kinds in, and not this one under another name

    sys.exit(campaign.main(sys.argv[1:]))
