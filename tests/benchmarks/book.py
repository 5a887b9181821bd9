"""Building the book: with an empty store, again with nothing changed, after an edit of its prose, and from outputs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from timing import Row

from evidence.cores import usable_cores

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("_build", ".runs", ".venv", "node_modules", "__pycache__", ".pytest_cache",
                                  ".ruff_cache")
JUPYTER_BOOK = (str(Path(sys.executable).parent / "jupyter-book"), "build", ".")
EDITED = Path("book/ch07/flip.md")


def measure() -> Iterator[Row]:
    """Build a copy of the project several times; the project itself, its store and its pages are left alone."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        seconds, peak = build(copy)
        yield Row(what=f"with an empty store, {usable_cores()} cores", value=f"{seconds:.0f} s",
                  goal="at most 300 s on two")
        yield Row(what="peak memory of all its processes", value=f"{peak / 1e9:.1f} GB", goal="below 3 GB")
        yield from again(copy, Path(folder))


def again(copy: Path, folder: Path) -> Iterator[Row]:
    """What builds cost that neither train nor execute anything; of each, how many pages it wrote."""
    start = build(empty(folder / "empty"))[0]
    yield Row(what="a book of one page, nothing changed: what starting takes", value=f"{start:.1f} s")
    yield timed(copy, "again, nothing changed, beyond that", less=start, goal="at most 4 s")
    with (copy / EDITED).open("a") as page:
        page.write("\nA sentence more, and no code.\n")
    yield timed(copy, "after an edit of a sentence", goal="at most 8 s")
    for name in ("html", ".doctrees"):
        shutil.rmtree(copy / "_build" / name)
    yield timed(copy, "reading and writing everything, executed before", goal="at most 40 s")
    yield from counted(copy, folder / "counts.json")
    for name in ("html", ".doctrees", ".jupyter_cache", "executed"):
        shutil.rmtree(copy / "_build" / name)
    yield timed(copy, "FAST from nothing", goal="at most 45 s", BOOK_FAST="1")


def timed(project: Path, what: str, *, goal: str, less: float = 0.0, **switches: str) -> Row:
    """A build as a line of the report: its seconds, less those that are no matter, and the pages that it wrote."""
    begun = time.time()
    seconds, _ = build(project, **switches)
    pages = sum(path.stat().st_mtime >= begun for path in (project / "_build" / "html").rglob("*.html"))
    return Row(what=what, value=f"{seconds - less:.1f} s, {pages:,} pages", goal=goal)


def counted(project: Path, file: Path) -> Iterator[Row]:
    """What an unchanged build calls of the project's own code."""
    build(project, command=[sys.executable, str(ROOT / "tests" / "support" / "steps.py"), str(file), "build", "."])
    counts = json.loads(file.read_text("utf-8"))
    calls = counts["calls"]
    yield Row(what="of an unchanged build: lines of ours, calls",
              value=f"{counts['lines']:,}, {sum(calls.values()):,}")
    for name, times in sorted(calls.items(), key=lambda call: -call[1])[:5]:
        yield Row(what=f"  {name}", value=f"{times:,}")


def empty(folder: Path) -> Path:
    """A book of one page without any of our extensions, built once."""
    folder.mkdir()
    (folder / "_config.yml").write_text("title: Empty\nonly_build_toc_files: true\n", "utf-8")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\n", "utf-8")
    (folder / "index.md").write_text("# Empty\n", "utf-8")
    build(folder)
    return folder


def build(project: Path, command: Sequence[str] = JUPYTER_BOOK, **given: str) -> tuple[float, int]:
    """Build the book of a project; seconds by the wall clock, and the most bytes its processes held at one time.

    Args:
        project: the book's folder.
        command: that builds it.
        **given: variables of its environment.
    """
    switches = {name for name in os.environ if name.startswith(("BOOK_", "DEREF_"))}
    env = {name: value for name, value in os.environ.items() if name not in switches}
    # The copy's code, where the environment knows the project's.
    env["PYTHONPATH"] = str(project / "code")
    env |= given
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
