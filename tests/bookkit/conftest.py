"""A harness that builds miniature books: real jupyter-book builds of the small books under tests/roots/.

    book = make_book("fresh")              # a private copy under a temporary folder
    built = book.build()                   # a build forked from this process: the imports are paid for once
    built = book.build(cli=True)           # the command `jupyter-book build .`, as a reader runs it
    built = book.build(fresh=True)         # the same, in interpreters that share nothing with others
    built = book.build(BOOK_JOBS="1")      # environment of one build; BOOK_JOBS is 2 unless given
    book.edit("book/words.md", "old", "new")

The book of results begins with the outputs of its cells, from one build for all tests of a process: unless a test
changes a cell or what it depends on, nothing runs. `make_book("results", executed=False)` begins with nothing.
A root that has no `code/` of its own gets the project's, so that its cells use the real `deref`.
"""

import contextlib
import gc
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import explorable_book
import forked_python
import forks
import pytest
from once import made_once
from steps import Steps
from warm import templates, warm

from browser import open_browser

PROJECT = Path(__file__).parents[2]
ROOTS = PROJECT / "tests" / "roots"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r")
INSTALLED = (sysconfig.get_path("purelib"), str(PROJECT / "code" / "bookkit"), str(PROJECT / "code" / "evidence"))
OURS = [PROJECT / "code" / name for name in ("bookkit", "evidence")]
COMMAND = Path(sys.executable).with_name("jupyter-book")
CACHE = Path("_build", ".jupyter_cache")
SWITCHES = ("BOOK_EXACT", "BOOK_FAST", "BOOK_STRICT", "DEREF_EXACT", "DEREF_NO_LM", "DEREF_STORE")


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build left: its HTML folder, everything it printed (without colours), and its exit status; where it was
    counted, how many lines of the project's code it ran, and how often it called each function."""

    html: Path
    log: str
    returncode: int
    lines: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)

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
        self.counts = path.with_name(f"{path.name}.counts.json")
        self.counted = False

    def build(self, *, cli: bool = False, fresh: bool = False, warnings_are_errors: bool = False,
              builder: str = "html", counted: bool = False, **env: str) -> Built:
        """Build the book; keyword arguments in capitals are the build's environment."""
        self.counted = counted
        given = self.environment(**env)
        if not fresh:
            given[forked_python.ADDRESS] = forks.shared().address
        returncode, log = (self._command if cli or fresh else self._forked)(given, warnings_are_errors, builder)
        counts = json.loads(self.counts.read_text("utf-8")) if counted else {}
        return Built(html=self.path / "_build" / "html", log=ANSI.sub("", log), returncode=returncode, **counts)

    def environment(self, **env: str) -> dict[str, str]:
        """What a build of this book sees: none of the switches with which the tests themselves were started."""
        return _environment({"BOOK_JOBS": "2", "DEREF_STORE": str(self.path / ".runs"), **env})

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
        command = [forks.shared().python, COMMAND, "build", ".", "--builder", builder, *["-W"] * strict]
        ran = subprocess.run(command, cwd=self.path, env=env, text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        return ran.returncode, ran.stdout

    def _forked(self, env: dict[str, str], strict: bool, builder: str) -> tuple[int, str]:
        # Imported once, here, so that every build after the first saves the time; each then runs in a process of its
        # own, because Sphinx's themes leave their marks on the defaults of the next build in the same process.
        import jupyter_book.sphinx

        from bookkit.pages import light

        warm()
        import_module("bookkit.execution.execute")
        light.TEMPLATES.bytecode_cache = templates()
        known = frozenset(sys.modules)
        python = str(forks.shared().python)  # of its kernels and commands

        log, imported = (self.path.with_name(f"{self.path.name}.{kind}") for kind in ("log", "imported"))
        child = os.fork()
        if not child:
            status = 1
            gc.freeze()  # nothing of this process is garbage of the build
            try:
                stream = log.open("w", encoding="utf-8", buffering=1)
                sys.stdout = sys.stderr = stream
                for descriptor in (1, 2):
                    os.dup2(stream.fileno(), descriptor)
                warnings.resetwarnings()  # the tests turn warnings into errors, and a theme sets off those of torch
                os.environ.clear()
                os.environ.update(env)
                os.chdir(self.path)
                sys.executable = python
                logging.disable(logging.DEBUG)  # a thousand lines that nobody sees
                with Steps(OURS) if self.counted else contextlib.nullcontext() as steps:
                    result = jupyter_book.sphinx.build_sphinx(
                        self.path, self.path / "_build" / builder, path_config=self.path / "_config.yml", noconfig=True,
                        confoverrides={"external_toc_path": str(self.path / "_toc.yml"),
                                       "latex_individualpages": False}, builder=builder, warningiserror=strict)
                if steps:
                    steps.write(self.counts)
                status = result if isinstance(result, int) else 1
                stream.flush()
                imported.write_text("\n".join(_found(name) for name in sys.modules if name not in known), "utf-8")
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        if imported.exists():
            _import(imported.read_text("utf-8").split())
        return os.waitstatus_to_exitcode(status), log.read_text("utf-8")


def _found(name: str) -> str:
    """The name of a module that is installed or a part of Python, and nothing for one of a book."""
    spec = getattr(sys.modules[name], "__spec__", None)
    return name if spec and str(spec.origin).startswith((sys.base_prefix, *INSTALLED, "built-in", "frozen")) else ""


def _import(names: Iterable[str]) -> None:
    """Import what a build had to, so that the next ones need not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ImportError):
                import_module(name)


def _environment(given: dict[str, str]) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in SWITCHES}, **given}


def new_book(root: str, path: Path) -> Book:
    """Copy a miniature book to a path that does not exist yet."""
    shutil.copytree(ROOTS / root, path, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    if not (path / "code").exists():
        (path / "code").symlink_to(PROJECT / "code")
    return Book(path)


@pytest.fixture(scope="module")  # each is closed with its module: those of the site stay open to the end
def browser():
    """A headless browser."""
    with open_browser() as started:
        yield started


@pytest.fixture
def make_book(begin, tmp_path):
    """A function from a root's name to a fresh private copy of that book."""
    return lambda root, **options: begin(root, tmp_path / root, **options)


@pytest.fixture(scope="module")
def make_shared_book(begin, tmp_path_factory):
    """The same, for books that a module's tests share; give each its own root, or copy() before editing."""
    return lambda root, **options: begin(root, tmp_path_factory.mktemp(root) / root, **options)


@pytest.fixture
def forking(monkeypatch):
    """Has the interpreters that this process starts be forks."""
    monkeypatch.setenv(forked_python.ADDRESS, forks.shared().address)
    monkeypatch.setattr(sys, "executable", str(forks.shared().python))


@pytest.fixture(scope="session")
def begin(request):
    """A function from a root's name and a path to a copy there, which may know what its cells give."""
    def made(root, path, executed=True):
        book = new_book(root, path)
        if root == "results" and executed:
            known, _ = request.getfixturevalue("judged")
            shutil.copytree(known.path / CACHE, path / CACHE)
        return book

    return made


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    """The book of results and its strict build, for tests that copy() it before editing."""
    from toybook import build

    def make(folder):
        folder.mkdir()
        built = build(new_book("results", folder / "results"), BOOK_STRICT="1")
        assert built.ok, built.log
        return {"log": built.log, "returncode": built.returncode}

    folder, said = made_once(tmp_path_factory, "judged", make)
    book = Book(folder / "results")
    return book, Built(html=book.path / "_build" / "html", **said)


@pytest.fixture(scope="session")
def cold(tmp_path_factory):
    """The miniature book of three chapters and its build from nothing, for tests that copy() it before editing."""
    def make(folder):
        folder.mkdir()
        built = new_book("fresh", folder / "fresh").build()
        assert built.ok, built.log
        return {"log": built.log, "returncode": built.returncode}

    folder, said = made_once(tmp_path_factory, "cold", make)
    book = Book(folder / "fresh")
    return book, Built(html=book.path / "_build" / "html", **said)


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """The book of an explorable and its build, for tests that copy() it before editing."""
    def make(folder):
        folder.mkdir()
        book = new_book("explorable", folder / "explorable")
        for name in explorable_book.FILES:
            book.write(f"{explorable_book.STATIC}/{name}", "/* a test */\n")
        built = book.build()
        assert built.ok, built.log
        return {"log": built.log, "returncode": built.returncode}

    folder, said = made_once(tmp_path_factory, "played", make)
    book = Book(folder / "explorable")
    return book, Built(html=book.path / "_build" / "html", **said)


@pytest.fixture(scope="session")
def extended(tmp_path_factory):
    """A small copy of the project to which "Rebuild and extend" added its experiment, and what its commands said."""
    from follower import Done
    from small_copy import SmallCopy
    from stand_ins import following, small_copy

    def make(folder):
        with following(small_copy(folder / "a copy")) as reader:
            return [vars(done) for done in reader.follow("Add an experiment")]

    folder, done = made_once(tmp_path_factory, "extended", make)
    return SmallCopy.at(folder / "a copy"), [Done(**one) for one in done]


@pytest.fixture
def reader(extended, tmp_path):
    """Somebody who follows that page in a copy of one's own, where its experiment was added already."""
    from stand_ins import following

    with following(extended[0].clone(tmp_path / "a clone")) as made:
        yield made
