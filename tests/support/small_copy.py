"""A copy of the project that builds in seconds: all that a reader works with, and a few of the sections."""

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Collection, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import forked_python
import forks

from evidence.provenance import source

PROJECT = Path(__file__).parents[2]
FILES = ("Makefile", "_config.yml", "requirements.txt", "pyproject.toml", "README.md", "LICENSE", "CITATION.cff",
         "scripts", "code", "book/static", "book/rebuild.md", "book/references.bib", "tests/evidence/test_config.py")
# Pages that the others stand between; what is in them does not matter, so they are made up.
STUBS = {"book/intro": "# Intro\n", "book/ch06/index": "---\nfile_format: mystnb\n---\n\n# Lookups\n\n"
         "```{code-cell}\nprint('ready')\n```\n", "book/ch06/noise": "---\nbrief: asks\n---\n\n# Noise\n",
         "book/ch06/plateaus": "---\nbrief: finds out\n---\n\n# Levels\n", "book/ch07/index": "# Reading\n"}
NEEDED = ("deref.sections.shared.partial_address_accuracy",)  # what the page's own experiment imports
SCRIPTS = ("deref", "dask", "jupyter-book")
# Settings of whoever runs the tests, which must not reach what readers run.
FOREIGN = re.compile(r"(DEREF|BOOK|DASK|PIP|MAKE|MFLAGS|PYTEST|PYTHON|TORCH|VIRTUAL_ENV)|"
                     r"(FAST|STRICT|JOBS|RUNS|PORT|ARGS|VERSION|WORKERS)$")


class SmallCopy:
    """A private copy of the project, with an environment of its own that borrows the installed packages.

    Args:
        path: of the copy; it must not exist.
        sections: pages of the book to keep, such as "book/ch06/crossing".
        modules: of sections to keep, with what they import and the claims beside them.
        prepared: whether its environment is there, as `make env` leaves it.
    """

    def __init__(self, path: Path, *, sections: Sequence[str] = (), modules: Sequence[str] = (),
                 prepared: bool = True):
        self.path = path
        for name in (*FILES, *(f"{section}.md" for section in sections)):
            _copy(PROJECT / name, path / name)
        for name, text in STUBS.items():
            self.write(f"{name}.md", text)
        self.write("_toc.yml", contents((PROJECT / "_toc.yml").read_text("utf-8"),
                                        {*STUBS, *sections, "book/rebuild"}))
        self._keep_sections(source.closure([*NEEDED, *modules], path / "code"))
        if prepared:
            self.prepare()

    def _keep_sections(self, kept: Collection[str]) -> None:
        """Delete the modules of all sections but these, and the folders that are left with claims alone."""
        code = self.path / "code"
        for folder in [one for one in (code / "deref" / "sections").rglob("*") if one.is_dir()]:
            files = {".".join(file.relative_to(code).with_suffix("").parts): file for file in folder.glob("*.py")
                     if file.stem not in ("__init__", "claims")}
            if files and not files.keys() & kept:
                shutil.rmtree(folder)
            else:
                for name in files.keys() - kept:
                    files[name].unlink()

    def prepare(self) -> None:
        """Make what `make env` makes, without installing: its packages are those that run the tests."""
        venv.create(self.path / ".venv", symlinks=True)
        python = self.path / ".venv" / "bin" / "python"
        forks.stand_in(python, self.path / ".venv")
        library = next((self.path / ".venv" / "lib").glob("python*/site-packages"))
        # Folders in such a file are searched, but files of its kind in them are not read: the project's own code,
        # which one of them names, stays out of sight.
        (library / "copy.pth").write_text(f"{self.path / 'code'}\n{sysconfig.get_path('purelib')}\n", "utf-8")
        for name in SCRIPTS:
            (entry,) = entry_points(group="console_scripts", name=name)
            script = python.with_name(name)
            # The shell reads the second line, Python a text over two: a path of any length and with blanks works.
            script.write_text(f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n"
                              f"import sys\n\nfrom {entry.module} import {entry.attr}\n\n"
                              f"if __name__ == '__main__':\n    sys.exit({entry.attr}())\n", "utf-8")
            script.chmod(0o755)
        wanted = re.search(r"^wanted=.*$", self.read("scripts/setup.sh"), re.MULTILINE)[0]
        self.shell(f'{wanted}; echo "$wanted" > .venv/stamp')

    def clone(self, path: Path) -> "SmallCopy":
        """Another copy, with everything that was built and trained in this one."""
        shutil.copytree(self.path, path, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
        return SmallCopy.found(path)

    @classmethod
    def at(cls, path: Path) -> "SmallCopy":
        """A copy that is there already."""
        copy = cls.__new__(cls)
        copy.path = path
        return copy

    @classmethod
    def found(cls, path: Path) -> "SmallCopy":
        """A copy that is there already, but for its environment."""
        copy = cls.at(path)
        copy.prepare()
        return copy

    def shell(self, command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in the copy, as a reader would; what it says is in `stdout`."""
        return subprocess.run(["sh", "-c", command], cwd=self.path, env=self.environment(env), text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """The environment of what runs in the copy: nobody's settings, one thread, no network for pip, and a folder of
        its own for temporary files of pytest, which otherwise ends with minutes of deleting those of earlier runs."""
        kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        return {**kept, forked_python.ADDRESS: forks.shared().address, "OMP_NUM_THREADS": "1", "COLUMNS": "200",
                "WORKERS": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1",
                "PYTEST_DEBUG_TEMPROOT": str(self.path / ".venv"),
                "DASK_TEMPORARY_DIRECTORY": str(self.path / "_build"), **more}

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that is in a file once.

        Raises:
            ValueError: it is not there, or more than once.
        """
        text = self.read(name)
        if text.count(old) != 1:
            raise ValueError(f"expected {old!r} once in {name}, found it {text.count(old)} times")
        self.write(name, text.replace(old, new))


def contents(toc: str, kept: set[str]) -> str:
    """The table of contents with some of its pages only: what stood below one that is left out takes its place."""
    lines, without = [], []  # the indents of the pages left out that a line stands below
    for line in toc.splitlines():
        while without and _indent(line) <= without[-1]:
            without.pop()
        if (page := re.match(r"\s*- file: (\S+)", line)) and page[1] not in kept:
            without.append(_indent(line))
        elif not (without and line.strip() == "sections:" and _indent(line) == without[-1] + 2):
            lines.append(line[4 * len(without):])
    ends = [*lines[1:], ""]
    return "\n".join([line for line, after in zip(lines, ends, strict=True)
                      if line.strip() != "sections:" or _indent(after) > _indent(line)]) + "\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _copy(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_dir():
        shutil.copytree(old, new, ignore=shutil.ignore_patterns("*.egg-info"))
    else:
        shutil.copy2(old, new)
