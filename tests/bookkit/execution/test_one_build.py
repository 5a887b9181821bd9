"""Builds at once in one folder: they take turns, and a killed one leaves its turn to the next."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import forked_python
import forks
import pytest

PATIENCE_S = 120
# Names that are put together as the cell runs: files that its text names would be part of what it depends on.
WAITS = """import pathlib, time
pathlib.Path("begun".upper()).touch()
while not pathlib.Path("gate".upper()).exists():
    time.sleep(0.05)
print("the gate is open")"""


@pytest.fixture
def book(make_book):
    """A book that nobody built, whose one chapter waits for its gate."""
    made = make_book("fresh")
    for name in ("trained", "words"):
        made.edit("_toc.yml", f"  - file: book/{name}\n", "")
        (made.path / "book" / f"{name}.md").unlink()
    made.write("book/numbers.md", f"---\nfile_format: mystnb\n---\n\n# A page\n\n```{{code-cell}}\n{WAITS}\n```\n")
    return made


def started(book):
    """A build, as the command does it, and the file that it writes its log to."""
    log = book.path.with_name(f"{time.monotonic_ns()}.log")
    command = [forks.shared().python, Path(sys.executable).with_name("jupyter-book"), "build", "."]
    env = book.environment(**{forked_python.ADDRESS: forks.shared().address})
    with log.open("w") as file:
        return subprocess.Popen(command, cwd=book.path, env=env, stdout=file, stderr=subprocess.STDOUT), log


def awaited(condition, *logs):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE_S, "".join(log.read_text() for log in logs)
        time.sleep(0.05)


@pytest.mark.slow
def test_of_two_builds_from_nothing_the_second_waits_and_finds_all_done(book):
    (first, said), chapter = started(book), book.path / "book"
    awaited((chapter / "BEGUN").exists, said)
    second, other = started(book)
    awaited(lambda: "another build is at work in" in other.read_text(), said, other)
    assert first.poll() is second.poll() is None
    (chapter / "GATE").touch()
    assert (first.wait(PATIENCE_S), second.wait(PATIENCE_S)) == (0, 0), said.read_text() + other.read_text()
    assert "executed book/numbers" in said.read_text()
    assert "executed" not in other.read_text() and "Traceback" not in said.read_text() + other.read_text()
    assert "the gate is open" in (book.path / "_build/html/book/numbers.html").read_text("utf-8")


@pytest.mark.slow
def test_a_killed_build_leaves_its_turn_to_one_that_waits(book):
    first, said = started(book)
    awaited((book.path / "book" / "BEGUN").exists, said)
    second, other = started(book)
    awaited(lambda: "another build is at work in" in other.read_text(), said, other)
    first.send_signal(signal.SIGKILL)
    first.wait()
    (book.path / "book" / "GATE").touch()
    assert second.wait(PATIENCE_S) == 0, other.read_text()
    assert "executed book/numbers" in other.read_text()


def test_what_is_in_the_way_of_the_lock_is_named_in_one_line(book):
    (book.path / "_build" / ".bookkit.lock").mkdir(parents=True)
    built = book.build()
    assert not built.ok
    assert f"expected to lock {book.path}/_build/.bookkit.lock, got: Is a directory" in built.log
    assert "Traceback" not in built.log
