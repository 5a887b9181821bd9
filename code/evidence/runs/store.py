"""The store: gives a run back from disk, or trains it there and then.

Beside the finished runs (see `entry`) a store's directory holds its marker (see `marker`), `checkpoints/` (one file
for each unfinished run), `aside/` (what was found damaged, kept for whoever wants to look), `locks/` and `work/` (files
being written).
"""

import functools
import hashlib
import os
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.exact import Inexact, is_exact
from evidence.files import StoreError, StoreWarning, explained, move_aside, remove, write_directory
from evidence.location import default_root
from evidence.numbers import whole
from evidence.paths import from_outside
from evidence.runs import checkpoint as checkpoints
from evidence.runs import entry as entries
from evidence.runs import origin
from evidence.runs.address import address_of, device_class, identity
from evidence.runs.content import SHOWN
from evidence.runs.entry import Damaged, Entry
from evidence.runs.marker import mark
from evidence.runs.run import Run

if TYPE_CHECKING:
    from evidence.runs.bundle import Bundle

CACHED = 16


class Stopped(Exception):
    """What `progress` raises to stop a training: a checkpoint is kept, and whoever asked for the run gets this."""


class Store:
    """Trained runs in a directory.

    Args:
        root: the directory; None means the environment's DEREF_STORE, and without it `.runs` in the project.
        device: where to train: "cpu", "cuda" or "auto" (see `device_class`). Models are always given out on the CPU.
        threads: number of threads to train with.
        checkpoint_every_s: seconds of training between two checkpoints.
        exact: whether its runs are exact ones (see `evidence.exact`), which only an exact process can train; None
            means those of the process that asks.
        bundle: a file of runs to read in place of the directory; nothing is trained then, and nothing written.

    Raises:
        ValueError: an unknown device, a number of threads that is not positive, or more than one or a GPU for exact
            runs.
    """

    def __init__(self, root: str | Path | None = None, *, device: str | None = None, threads: int = 1,
                 checkpoint_every_s: float = 30.0, exact: bool | None = None,
                 bundle: "Bundle | None" = None):
        whole(threads, "threads", 1)
        self.root = from_outside(os.fspath(root)) if root is not None else default_root()
        self.exact = is_exact() if exact is None else exact
        if self.exact and threads > 1:
            raise Inexact(f"expected one thread for exact runs, got {threads}")
        self.device = device_class(device, self.exact)
        self.threads = threads
        self.checkpoint_every_s = checkpoint_every_s
        self.bundle = bundle
        self._loaded: OrderedDict[str, Run] = OrderedDict()
        self._recordings: list[list[Run]] = []

    def address(self, config: Any, seeds: Sequence[int]) -> str:
        """The address of a run, whether it is in the store or not.

        Raises:
            ValueError: not the configuration of a run, or not the seeds of an ensemble.
        """
        return address_of(self.identity(config, seeds))

    def identity(self, config: Any, seeds: Sequence[int]) -> dict[str, Any]:
        """Everything that a run of this store depends on, as `evidence.runs.address.identity` names it.

        Raises:
            ValueError: as `address`.
        """
        return identity(config, seeds, device=self.device, threads=self.threads, exact=self.exact)

    def has(self, config: Any, seeds: Sequence[int]) -> bool:
        """Whether a run is in the store, with every file intact."""
        try:
            return self._entry(self.address(config, seeds)) is not None
        except Damaged:
            return False

    def run(self, config: Any, seeds: Sequence[int], *, progress: Callable[[Any], None] | None = None) -> Run:
        """Give a run back: from memory or disk if it is there and intact, else by training it.

        A run that another process trains at the moment is waited for. An interrupted training goes on from its last
        checkpoint. Damaged files are set aside with a warning, and never loaded.

        Args:
            config: a configuration with a method `trainer(seeds, device)`.
            seeds: the ensemble's seeds, in order; with other seeds it is another run.
            progress: called with the trainer's reports while it trains; it may raise `Stopped`.

        Raises:
            ValueError: not the configuration of a run, or not the seeds of an ensemble, or an exact run is missing and
                this process does not compute exactly.
            StoreError: the store's directory cannot be read or written; or the run is missing in a bundle.
            BadBundle: it is damaged in the bundle.
        """
        parts = self.identity(config, seeds)
        address, seeds = address_of(parts), tuple(seeds)
        found = self._loaded.pop(address, None) or self._intact(address, config, seeds)
        if found is None and self.bundle is not None:
            raise StoreError(f"expected the run {address[:12]} in {self.bundle.path.name}, which has runs of "
                             f"{self.bundle.of}: other code, PyTorch, settings or seeds make other runs")
        if found is None:
            with self._locked(address):
                found = self._made(parts, address, config, seeds, progress)
        self._loaded[address] = found
        while len(self._loaded) > CACHED:
            self._loaded.popitem(last=False)
        for recording in self._recordings:
            if found.address not in {run.address for run in recording}:
                recording.append(found)
        return found

    @contextmanager
    def recording(self) -> Iterator[list[Run]]:
        """List the runs that are asked for inside the `with` block, each once, in order of first use."""
        runs: list[Run] = []
        self._recordings.append(runs)
        try:
            yield runs
        finally:
            self._recordings = [recording for recording in self._recordings if recording is not runs]

    def checkpoint_path(self, address: str) -> Path:
        """Where the checkpoint of an unfinished run is kept."""
        return self.root / "checkpoints" / f"{address}.safetensors"

    def _load(self, address: str, config: Any, seeds: tuple[int, ...]) -> Run | None:
        """A run from disk, None if it is not there; raises Damaged if it is not as it was written."""
        entry = self._entry(address)
        return None if entry is None else self._restored(entry, address, config, seeds)

    def _restored(self, entry: Entry, address: str, config: Any, seeds: tuple[int, ...]) -> Run:
        """A run from its files; raises Damaged if they do not fit its configuration."""
        from evidence.runs import training

        model, history = training.restore(config, seeds, entry.weights, entry.history)
        about = {key: entry.about[key] for key in SHOWN}
        weights = hashlib.sha256(entry.weights).hexdigest()
        return Run(config=config, seeds=seeds, address=address, model=model, history=history, weights=weights,
                   path=self.root / address if self.bundle is None else self.bundle.path, **about)

    def _entry(self, address: str) -> Entry | None:
        """The files of a finished run, None if it is not there; raises Damaged as `_load`."""
        if self.bundle is not None:
            return self.bundle.entry(address) if address in self.bundle.runs else None
        path = self.root / address
        if not os.path.lexists(path):
            return None
        with explained(self.root):
            return entries.read(path)

    def _intact(self, address: str, config: Any, seeds: tuple[int, ...]) -> Run | None:
        """A run from disk, None if it is not there or damaged; touches nothing, so it needs no lock."""
        try:
            return self._load(address, config, seeds)
        except Damaged:
            return None

    def _made(self, parts: dict[str, Any], address: str, config: Any, seeds: tuple[int, ...],
              progress: Callable[[Any], None] | None) -> Run:
        """A run that was missing a moment ago; the caller holds its lock."""
        try:
            found = self._load(address, config, seeds)  # whoever held the lock before has perhaps trained it
        except Damaged as damage:
            self._set_aside(self.root / address, f"the run {address[:12]}", str(damage), "trained again")
            found = None
        if found is None:
            self._train(parts, address, config, seeds, progress)
            with explained(self.root):
                entry = entries.read(self.root / address)
            found = self._restored(entry, address, config, seeds)
        return found

    def _train(self, parts: dict[str, Any], address: str, config: Any, seeds: tuple[int, ...],
               progress: Callable[[Any], None] | None) -> None:
        """Train a run from its checkpoint, if there is one, and write it; the caller holds its lock."""
        from evidence.runs import settings, training

        if self.exact:
            training.check_exact()
        path, work = self.checkpoint_path(address), self.root / "work"
        with settings.fixed(self.threads):
            trainer, before = self._resumed(address, config, seeds)
            began = time.monotonic()

            def keep(at: training.Trainer) -> None:
                tensors, state = at.state()
                checkpoint = checkpoints.Checkpoint(address=address, tensors=tensors, state=state,
                                                    wall_s=before + time.monotonic() - began)
                with explained(self.root):
                    checkpoints.write(path, checkpoint, work)

            try:
                training.finish(trainer, keep, self.checkpoint_every_s, progress)
            except Stopped:  # between two steps
                keep(trainer)
                raise
            wall_s = before + time.monotonic() - began
        about = {**parts, "created": datetime.now(UTC).isoformat(timespec="seconds"), "wall_s": round(wall_s, 3),
                 "hardware": origin.hardware(self.device), "versions": origin.versions()}
        files = entries.files_of(Entry(about=about, history=trainer.history.to_json(),
                                       weights=training.weights_of(trainer.model)))
        with explained(self.root):
            write_directory(self.root / address, files, work)
            for needless in (path, work / path.name):  # a process that was killed may have left the second
                remove(needless)

    def _resumed(self, address: str, config: Any, seeds: tuple[int, ...]) -> tuple[Any, float]:
        """A trainer where the checkpoint left it, or a new one, and the seconds of training behind it."""
        from evidence.runs import training

        path = self.checkpoint_path(address)
        if os.path.lexists(path):
            try:
                with explained(self.root):
                    checkpoint = checkpoints.read(path, address)
                return training.start(config, seeds, self.device, checkpoint), checkpoint.wall_s
            except Damaged as damage:
                self._set_aside(path, f"the checkpoint of the run {address[:12]}", str(damage), "started anew")
        return training.start(config, seeds, self.device, None), 0.0

    def _set_aside(self, path: Path, what: str, reason: str, then: str) -> None:
        with explained(self.root):
            target = move_aside(path, self.root / "aside")
        warnings.warn(f"{what} is damaged: {reason}; it was moved to {target} and is {then}", StoreWarning,
                      stacklevel=4)

    @contextmanager
    def _locked(self, address: str) -> Iterator[None]:
        """Keep every other process from training a run; wait for one that is at it."""
        from filelock import FileLock

        with explained(self.root):
            directory = self.root / "locks"
            directory.mkdir(parents=True, exist_ok=True)
            mark(self.root)
            (self.root / "work").mkdir(exist_ok=True)
            lock = FileLock(directory / f"{address}.lock")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


_USED: list[Store] = []


def default_store() -> Store:
    """The process's own store: the one in use (see `using`), else that at the default root.

    It is one object, so that a run is read from disk once.
    """
    return _USED[-1] if _USED else _shared(default_root(), device_class(None, is_exact()))


@contextmanager
def using(store: Store) -> Iterator[Store]:
    """Make a store the process's own inside the `with` block, for code that asks for no other."""
    _USED.append(store)
    try:
        yield store
    finally:
        _USED.remove(store)


@functools.cache
def _shared(root: Path, device: str) -> Store:
    return Store(root, device=device)
