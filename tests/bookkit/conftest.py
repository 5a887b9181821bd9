"""A harness that builds miniature books: real jupyter-book builds of the small books under tests/roots/.

    book = make_book("fresh")              # a private copy under a temporary folder
    built = book.build()                   # a build forked from this process: the imports are paid for once
    built = book.build(cli=True)           # the command `jupyter-book build .`, as a reader runs it
    built = book.build(BOOK_JOBS="1")      # environment of one build; BOOK_JOBS is 2 unless given
    book.edit("book/words.md", "old", "new")

A root that has no `code/` of its own gets the project's, so that its cells use the real `deref`.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROOTS = PROJECT / "tests" / "roots"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r")
SWITCHES = ("BOOK_EXACT", "BOOK_FAST", "BOOK_STRICT", "DEREF_EXACT", "DEREF_NO_LM", "DEREF_STORE")


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build left: its HTML folder, everything it printed (without colours), and its exit status."""

    html: Path
    log: str
    returncode: int

    @property
    def ok(self) -> bool:
        return self.returncode == 0

    @property
    def executed(self) -> list[str]:
        """The chapters whose cells ran in this build, sorted."""
        return sorted(re.findall(r"^executed (\S+)", self.log, re.MULTILINE))

    def page(self, docname: str) -> str:
        """The HTML of one page."""
        return (self.html / f"{docname}.html").read_text("utf-8")


class Book:
    """A private copy of a miniature book."""

    def __init__(self, path: Path):
        self.path = path

    def build(self, *, cli: bool = False, warnings_are_errors: bool = False, builder: str = "html",
              **env: str) -> Built:
        """Build the book; keyword arguments in capitals are the build's environment."""
        given = _environment({"BOOK_JOBS": "2", "DEREF_STORE": str(self.path / ".runs"), **env})
        returncode, log = (self._command if cli else self._forked)(given, warnings_are_errors, builder)
        return Built(html=self.path / "_build" / "html", log=ANSI.sub("", log), returncode=returncode)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in one of the book's files.

        Raises:
            ValueError: the old text is not there, so the edit would change nothing.
        """
        file = self.path / path
        text = file.read_text("utf-8")
        if old not in text:
            raise ValueError(f"expected {old!r} in {path}, got {text!r}")
        self.write(path, text.replace(old, new))

    def write(self, path: str, text: str) -> None:
        """Write one of the book's files, with a time that no build has seen."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        time.sleep(0.002)  # Sphinx tells edits by the file's time, in microseconds
        file.write_text(text, "utf-8")

    @contextlib.contextmanager
    def edited(self, path: str, old: str, new: str) -> Iterator[None]:
        """Edit a file, and put it back as it was."""
        before = self.read(path)
        self.edit(path, old, new)
        try:
            yield
        finally:
            self.write(path, before)

    def read(self, path: str) -> str:
        return (self.path / path).read_text("utf-8")

    def copy(self, path: Path) -> "Book":
        """Another private copy, with everything built so far: edits to it leave this one alone."""
        shutil.copytree(self.path, path, symlinks=True)
        return Book(path)

    def _command(self, env: dict[str, str], strict: bool, builder: str) -> tuple[int, str]:
        command = Path(sys.executable).with_name("jupyter-book")
        ran = subprocess.run([command, "build", ".", "--builder", builder, *["-W"] * strict], cwd=self.path, env=env,
                             text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return ran.returncode, ran.stdout

    def _forked(self, env: dict[str, str], strict: bool, builder: str) -> tuple[int, str]:
        # Imported once, here, so that every build after the first saves the time; each then runs in a process of its
        # own, because Sphinx's themes leave their marks on the defaults of the next build in the same process.
        import jupyter_book.sphinx

        for name in (*jupyter_book.config.get_default_sphinx_config()["extensions"], "bookkit.execution.execute"):
            import_module(name)

        log = self.path.with_name(f"{self.path.name}.log")
        child = os.fork()
        if not child:
            status = 1
            try:
                stream = log.open("w", encoding="utf-8", buffering=1)
                sys.stdout = sys.stderr = stream
                for descriptor in (1, 2):
                    os.dup2(stream.fileno(), descriptor)
                warnings.resetwarnings()  # the tests turn warnings into errors, and a theme sets off those of torch
                os.environ.clear()
                os.environ.update(env)
                os.chdir(self.path)
                result = jupyter_book.sphinx.build_sphinx(
                    self.path, self.path / "_build" / builder, path_config=self.path / "_config.yml", noconfig=True,
                    confoverrides={"external_toc_path": str(self.path / "_toc.yml"), "latex_individualpages": False},
                    builder=builder, warningiserror=strict)
                status = result if isinstance(result, int) else 1
                stream.flush()
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), log.read_text("utf-8")


def _environment(given: dict[str, str]) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in SWITCHES}, **given}


def new_book(root: str, path: Path) -> Book:
    """Copy a miniature book to a path that does not exist yet."""
    shutil.copytree(ROOTS / root, path, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    if not (path / "code").exists():
        (path / "code").symlink_to(PROJECT / "code")
    return Book(path)


@pytest.fixture
def make_book(tmp_path):
    """A function from a root's name to a fresh private copy of that book."""
    return lambda root: new_book(root, tmp_path / root)


@pytest.fixture(scope="module")
def make_shared_book(tmp_path_factory):
    """The same, for books that a module's tests share; give each its own root, or copy() before editing."""
    return lambda root: new_book(root, tmp_path_factory.mktemp(root) / root)


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    """The book of results and its strict build, for tests that copy() it before editing."""
    from toybook import build

    book = new_book("results", tmp_path_factory.mktemp("judged") / "results")
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    return book, built


@pytest.fixture(scope="session")
def extended(tmp_path_factory):
    """A small copy of the project to which "Rebuild and extend" added its experiment, and what its commands said."""
    from stand_ins import following, small_copy

    copy = small_copy(tmp_path_factory.mktemp("extended") / "a copy")
    with following(copy) as reader:
        return copy, reader.follow("Add an experiment")


@pytest.fixture
def reader(extended, tmp_path):
    """Somebody who follows that page in a copy of one's own, where its experiment was added already."""
    from stand_ins import following

    with following(extended[0].clone(tmp_path / "a clone")) as made:
        yield made
