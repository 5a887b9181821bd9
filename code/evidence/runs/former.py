"""The former place of the store, `_build/runs`, where cleaning deletes it: what lies there is moved to its place once.

On one disk this is a single rename. Onto another disk everything is copied beside the new place first, what was copied
before is not copied again, and one rename makes the copy the store; only then is the former one emptied, run by run,
of what the new one holds intact. So there is one store at any time (see `evidence.location.root_in`), and whoever dies
on the way, or runs out of space, leaves the former one as it was.

A store in which a run is being trained stays where it is until that is over. A process of an earlier version that goes
on writing to the former place brings it back; the next command moves what it wrote, too.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from evidence import location
from evidence.files import move_aside, remove
from evidence.runs import entry as entries
from evidence.runs.entry import Damaged
from evidence.runs.marker import ADDRESS, MARKER, is_run, is_store, mark

COPIED = ".runs.copying"
_LOCK = ".moving-runs.lock"


def move(project: Path | None = None) -> str:
    """Move the store from its former place, unless the environment names another one.

    Args:
        project: the folder of the project; None is this one.

    Returns:
        What to tell whoever started the process; empty where there was nothing to move.
    """
    folder = project or location.project()
    old, new = folder / location.FORMER, folder / location.FOLDER
    if os.environ.get(location.VARIABLE) or not old.is_dir():
        return ""
    try:
        with FileLock(old.parent / _LOCK) as lock:
            said = _moved(old, new) if old.is_dir() and is_store(old) else ""
            remove(Path(lock.lock_file))  # while it is held: whoever waits for it notices and starts over
        return said
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return ""  # a reader of somebody else's project; runs are read where they are
        return f"the trained runs in {old} could not all be moved to {new}: {error.strerror or error}"


def _moved(old: Path, new: Path) -> str:
    if _in_use(old):
        return f"the trained runs stay in {old} while another process trains there; the next command moves them"
    if not os.path.lexists(new):
        if old.is_symlink():
            os.symlink(old.resolve(), new)
            old.unlink()
            return _said(old, new)
        try:
            os.rename(old, new)
            return _said(old, new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        part = new.with_name(COPIED)
        _copy(old, part)
        os.rename(part, new)
    if old.is_symlink():
        return f"there are two stores of trained runs, {old} and {new}: the second is used, and the first left alone"
    _empty(old, new)
    return _said(old, new)


def _said(old: Path, new: Path) -> str:
    return f"moved the trained runs from {old} to {new}, which `jupyter-book clean` leaves alone"


def _in_use(root: Path) -> bool:
    """Whether a process holds one of a store's locks at the moment."""
    return any(_held(path) for path in (*root.glob("locks/*.lock"), *root.glob("weights/*.lock")))


def _held(path: Path) -> bool:
    try:
        with FileLock(path, blocking=False):
            return False
    except Timeout:
        return True


def _copy(old: Path, part: Path) -> None:
    """Copy what a directory holds, file by file, each under its name only once it is whole; no link is followed."""
    part.mkdir(exist_ok=True)
    for path in sorted(old.iterdir()):
        target = part / path.name
        if path.is_dir() and not path.is_symlink():
            if path.name not in ("locks", "work"):
                _copy(path, target)
        elif not _alike(path, target):
            whole = target.with_name(f"{path.name}.part")
            remove(whole)
            shutil.copy2(path, whole, follow_symlinks=False)
            os.replace(whole, target)


def _alike(path: Path, target: Path) -> bool:
    if not os.path.lexists(target):
        return False
    a, b = path.lstat(), target.lstat()
    return (a.st_size, int(a.st_mtime)) == (b.st_size, int(b.st_mtime))


def _empty(old: Path, new: Path) -> None:
    """Move what one store holds into another that is there already, run by run; what no store writes stays."""
    mark(new)
    (new / "locks").mkdir(exist_ok=True)
    (old / "locks").mkdir(exist_ok=True)
    for path in sorted(old.iterdir()):
        if ADDRESS.fullmatch(path.name) and is_run(path):
            with _both(old, new, path.name):
                _take(path, new / path.name, new)
    for path in sorted(old.glob("checkpoints/*.safetensors")):
        with _both(old, new, path.stem):
            if (new / path.stem).exists():
                remove(path)
            else:
                _bring(path, new / "checkpoints" / path.name)
    for folder in ("weights", "aside"):
        for path in sorted(old.glob(f"{folder}/*")):
            if path.suffix != ".lock":
                _bring(path, new / folder / path.name)
    for name in ("locks", "work"):
        remove(old / name)
    for name in ("checkpoints", "weights", "aside"):
        if not any(path.suffix != ".lock" for path in old.glob(f"{name}/*")):
            remove(old / name)
    remove(old / MARKER)  # what is left now is no store, and nobody takes it for one
    if not any(old.iterdir()):
        old.rmdir()


def _take(path: Path, place: Path, new: Path) -> None:
    """Move a run to its place, unless it is there intact."""
    try:
        entries.read(place)
    except Damaged:
        if os.path.lexists(place):
            move_aside(place, new / "aside")
        _rename(path, place)
    else:
        remove(path)


def _bring(path: Path, target: Path) -> None:
    """Move a file or a folder under a name, unless the very same is there; what differs there stays, and so does it."""
    if not os.path.lexists(target):
        _rename(path, target)
    elif path.is_file() and _alike(path, target):
        remove(path)


def _rename(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        whole = target.with_name(f"{target.name}.part")
        remove(whole)
        if path.is_dir():
            shutil.copytree(path, whole, symlinks=True)
        else:
            shutil.copy2(path, whole, follow_symlinks=False)
        os.rename(whole, target)
        remove(path)


@contextmanager
def _both(old: Path, new: Path, address: str) -> Iterator[None]:
    """Hold a run's lock in both stores."""
    with FileLock(old / "locks" / f"{address}.lock"), FileLock(new / "locks" / f"{address}.lock"):
        yield
