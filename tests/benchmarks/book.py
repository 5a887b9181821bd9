"""Building the book: with an empty store, again with nothing changed, and after an edit of its prose."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from timing import Row

from evidence.cores import usable_cores

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("_build", ".runs", ".venv", "node_modules", "__pycache__", ".pytest_cache",
                                  ".ruff_cache")
EDITED = Path("book/ch07/flip.md")


def measure() -> Iterator[Row]:
    """Build a copy of the project three times; the project itself, its store and its pages are left alone."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        seconds, peak = build(copy)
        yield Row(what=f"with an empty store, {usable_cores()} cores", value=f"{seconds:.0f} s",
                  goal="at most 300 s on two")
        yield Row(what="peak memory of all its processes", value=f"{peak / 1e9:.1f} GB", goal="below 3 GB")
        yield Row(what="again, nothing changed", value=f"{build(copy)[0]:.0f} s", goal="at most 15 s")
        with (copy / EDITED).open("a") as page:
            page.write("\nA sentence more, and no code.\n")
        yield Row(what="after an edit of prose", value=f"{build(copy)[0]:.0f} s", goal="at most 20 s")


def build(project: Path) -> tuple[float, int]:
    """Build the book of a project; seconds by the wall clock, and the most bytes its processes held at one time."""
    switches = {name for name in os.environ if name.startswith(("BOOK_", "DEREF_"))}
    env = {name: value for name, value in os.environ.items() if name not in switches}
    # The copy's code, where the environment knows the project's.
    env["PYTHONPATH"] = str(project / "code")
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", "."]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=project, env=env, stdout=log, stderr=subprocess.STDOUT)
        peak = _watch(process)
        if process.returncode:
            log.seek(0)
            tail = log.read().decode(errors="replace")[-3000:]
            raise SystemExit(f"expected the book to build, got exit status {process.returncode}:\n{tail}")
    return time.perf_counter() - start, peak


def _watch(process: subprocess.Popen) -> int:
    """Wait for a process; the most memory that it and its descendants held at one time, pages shared counted once each.

    Proportional shares where the system knows them (Linux); elsewhere resident sizes, which count shared pages twice.
    """
    peak, parent = 0, psutil.Process(process.pid)
    while process.poll() is None:
        held = 0
        for one in (parent, *_children(parent)):
            try:
                full = one.memory_full_info()
                held += getattr(full, "pss", full.rss)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        peak = max(peak, held)
        time.sleep(0.5)
    return peak


def _children(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return parent.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
