"""Stale chapters run side by side in the building interpreter; what fails says where and stops the build."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ALL = ["book/numbers", "book/trained", "book/words"]
PROJECT = Path(__file__).parents[3]
HEAD = "---\nfile_format: mystnb\n---\n\n# {}\n\n"


def page(title: str, *cells: str) -> str:
    """A chapter that states no kernel, of some cells."""
    return HEAD.format(title) + "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells) + "\n"


def alone(book, text: str) -> None:
    """Leave one chapter in the book, with another text."""
    for name in ("trained", "words"):
        book.edit("_toc.yml", f"  - file: book/{name}\n", "")
    book.write("book/numbers.md", text)


PROGRESS = """mime = "application/vnd.deref.progress+json"
display({mime: {"text": "half way there"}, "text/plain": "DROPPED"}, raw=True)
handle = display({"text/plain": "kept"}, raw=True, display_id="one")
_ = display({mime: {"text": "almost there"}}, raw=True, display_id="one", update=True)"""
CARRIER = """display({"text/plain": "3"}, raw=True, metadata={"book.result": {"id": "a.b"}})"""
EXPECTED = ":tags: [raises-exception]\n\n1 / 0"


@pytest.fixture(scope="module")
def serial(make_shared_book):
    """A cold build by the command, one job, in fresh interpreters, on a machine where `python3` names a kernel that
    does not work."""
    book = make_shared_book("fresh")
    book.write("jupyter/kernels/python3/kernel.json", json.dumps(
        {"argv": ["/bin/false", "{connection_file}"], "display_name": "Python 3", "language": "python"}))
    return book, book.build(fresh=True, BOOK_JOBS="1", JUPYTER_PATH=str(book.path / "jupyter"))


@pytest.fixture(scope="module")
def parallel(cold):
    return cold


def test_the_kernel_is_the_building_interpreter_with_one_thread(serial):
    _, built = serial
    assert built.ok, built.log
    assert f"environment: {sys.prefix}\n" in built.page("book/words")
    assert "threads: 1" in built.page("book/words")
    assert "encryption" not in built.log + built.page("book/words")


def test_chapters_find_the_package_of_the_project(make_book):
    book = make_book("fresh")
    shutil.rmtree(book.path / "code")
    (book.path / "code").symlink_to(PROJECT / "code")
    book.edit("_config.yml", "bookkit_package: mini", "bookkit_package: deref")
    alone(book, page("Real", "import deref\nprint(deref.__file__)"))
    built = book.build(cli=True)
    assert built.ok, built.log
    assert str(PROJECT / "code/deref/__init__.py") in built.page("book/numbers")


def test_the_terminal_shows_each_chapter_and_cell(serial):
    _, built = serial
    lines = [line for line in built.log.split("\n") if line.startswith("book/words [")]
    assert lines == ["book/words [1/2] import mini", "book/words [2/2] import os"]


def test_one_job_runs_one_chapter_after_the_other(serial):
    _, built = serial
    events = [line.split()[1] if line.startswith("executed") else line.split()[0]
              for line in built.log.split("\n") if line.startswith(("executed book/", "book/"))]
    assert list(dict.fromkeys(events)) == ALL == built.executed
    assert events == sorted(events)


def test_one_job_and_two_give_the_same_bytes(serial, parallel):
    for name in ALL:
        path = f"_build/executed/{name}.ipynb"
        assert serial[0].read(path) == parallel[0].read(path)


def test_two_jobs_run_two_chapters_at_a_time(make_book):
    meet = ("import pathlib, time\npathlib.Path('../{}').touch()\nstart = time.monotonic()\n"
            "while not pathlib.Path('../{}').exists():\n"
            "    assert time.monotonic() - start < 60, 'alone'\n    time.sleep(0.05)")
    book = make_book("fresh")
    book.write("book/numbers.md", page("One", meet.format("one", "two")))
    book.write("book/words.md", page("Two", meet.format("two", "one")))
    book.edit("_toc.yml", "  - file: book/trained\n", "")
    built = book.build(BOOK_JOBS="2")
    assert built.ok, built.log
    assert built.executed == ["book/numbers", "book/words"]


def test_runs_are_trained_once_before_any_chapter_starts(parallel):
    _, built = parallel
    command = "python -m mini train --module mini.sections.slope"
    assert f"training what the chapters need: {command}\ntrained slope 2.0\n" in built.log
    assert built.log.index("trained slope 2.0") < built.log.index("[1/")


def test_chapters_without_experiments_train_nothing(parallel, tmp_path):
    book = parallel[0].copy(tmp_path / "book")
    book.edit("book/numbers.md", "halve(8)", "halve(4)")
    built = book.build()
    assert built.executed == ["book/numbers"]
    assert "training" not in built.log


def test_failed_training_fails_the_build_before_any_chapter(make_book):
    book = make_book("fresh")
    book.edit("code/mini/sections/slope.py", "    STORE.mkdir", "    raise SystemExit('disk full')\n    STORE")
    built = book.build()
    assert not built.ok
    assert "disk full\n" in built.log
    assert "training failed with exit status 1" in built.log
    assert "[1/" not in built.log


@pytest.fixture(scope="module")
def outputs(make_shared_book):
    """One chapter with the kinds of output that need care, and its executed notebook's outputs, cell by cell."""
    book = make_shared_book("fresh")
    alone(book, page("Outputs", "from IPython.display import display", PROGRESS, CARRIER, EXPECTED))
    built = book.build()
    assert built.ok, built.log
    cells = json.loads(book.read("_build/executed/book/numbers.ipynb"))["cells"]
    return built, [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def test_progress_goes_to_the_terminal_and_never_to_the_page(outputs):
    built, (_, kept, *_) = outputs
    assert "book/numbers [2/4] half way there" in built.log
    assert "book/numbers [2/4] almost there" in built.log
    assert [output["data"] for output in kept] == [{"text/plain": ["kept"]}]
    assert built.page("book/numbers").count("DROPPED") == 1, "in the source of the cell, and nowhere else"


def test_metadata_of_outputs_survives(outputs):
    _, (_, _, carried, _) = outputs
    assert carried[0]["metadata"] == {"book.result": {"id": "a.b"}}


def test_expected_exceptions_are_outputs(outputs):
    built, (*_, expected) = outputs
    assert [output["ename"] for output in expected] == ["ZeroDivisionError"]
    assert "ZeroDivisionError" in built.page("book/numbers")


def test_failing_cells_fail_the_command_with_page_cell_and_traceback(make_book):
    book = make_book("fresh")
    book.edit("book/words.md", "import os\n", ":tags: [hide-input]\n\nimport os\nx = 1\nmini.say(3)\n")
    book.edit("book/numbers.md", "print(", "import os; os._exit(3)\nprint(")
    built = book.build(cli=True)
    line = book.read("book/words.md").split("\n").index("mini.say(3)") + 1
    assert built.returncode == 1
    assert "2 of 3 chapter(s) failed" in built.log
    assert f"book/words.md:{line}: cell 2 of 2 raised TypeError: unsupported operand type(s)" in built.log
    assert "----> 3 mini.say(3)" in built.log
    assert "return spoken + end()" in built.log
    assert "book/numbers.md:12: cell 1 of 1: Kernel died" in built.log
    assert built.executed == ["book/trained"]

    book.edit("book/words.md", "mini.say(3)\n", "")
    book.edit("book/numbers.md", "import os; os._exit(3)\n", "")
    mended = book.build(cli=True)
    assert mended.returncode == 0, mended.log
    assert mended.executed == ["book/numbers", "book/words"], "the chapter that ran was kept"


def test_a_kernel_that_does_not_start_fails_its_chapter(make_book):
    book = make_book("fresh")
    alone(book, page("Dead", "1"))
    book.write("book/ipykernel_launcher.py", "raise SystemExit(7)\n")  # found before the real one: it is nearer
    built = book.build()
    assert not built.ok
    assert "book/numbers.md: its kernel did not start: Kernel died" in built.log


def test_a_cell_that_is_not_python_fails_with_its_line(make_book):
    book = make_book("fresh")
    alone(book, page("Broken", "x = 1\nx = = 2"))
    built = book.build()
    assert not built.ok
    assert "book/numbers.md:9: cell 1 of 1 raised SyntaxError" in built.log


@pytest.mark.parametrize(("given", "message"), [
    ({"BOOK_JOBS": "none"}, "expected BOOK_JOBS to be a positive whole number, got 'none'"),
    ({"BOOK_JOBS": "0"}, "expected BOOK_JOBS to be a positive whole number, got '0'"),
])
def test_a_wrong_number_of_jobs_is_refused(make_book, given, message):
    built = make_book("fresh").build(**given)
    assert not built.ok
    assert message in built.log


def test_modes_and_formats_that_could_go_stale_are_refused(make_book):
    book = make_book("fresh")
    book.edit("_config.yml", "execute_notebooks: cache", "execute_notebooks: auto")
    assert "expected execute_notebooks: cache (or off), got auto" in book.build().log
    book.edit("_config.yml", "execute_notebooks: auto", "execute_notebooks: cache")
    (book.path / "book/words.md").unlink()
    book.write("book/words.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    built = book.build()
    assert not built.ok
    assert "expected chapters as MyST Markdown (.md), got" in built.log


def test_a_page_may_keep_its_cells_from_running(make_book):
    book = make_book("fresh")
    alone(book, page("Off", "1 / 0").replace("mystnb\n", "mystnb\nmystnb: {execution_mode: 'off'}\n"))
    built = book.build()
    assert built.ok, built.log
    assert built.executed == []
    assert book.build().executed == []


@pytest.mark.parametrize("left", [None, '{"cells": [{"cell_ty'], ids=["nothing", "half of it"])
def test_what_a_killed_build_left_half_written_is_executed_again(parallel, tmp_path, left):
    book = parallel[0].copy(tmp_path / "book")
    kept = (book.path / "_build" / ".jupyter_cache" / "executed").glob("*/base.ipynb")
    (struck,) = [path for path in kept if "half of eight" in path.read_text("utf-8")]
    if left is None:
        struck.unlink()
    else:
        struck.write_text(left, "utf-8")
    book.write("book/numbers.md", book.read("book/numbers.md"))
    built = book.build()
    assert built.ok, built.log
    assert built.executed == ["book/numbers"]


def test_a_kernel_is_reached_by_files_that_go_with_it(make_book, tmp_path):
    # a free port that is found before the kernel starts may belong to somebody else when it does
    book, long = make_book("fresh"), tmp_path / ("long" * 30)  # too long for the name of a socket
    long.mkdir()
    alone(book, page("Sockets", "import json, ipykernel\nfile = ipykernel.get_connection_file()\n"
                                "print(json.load(open(file))['transport'], 'by', file)"))
    built = book.build(cli=True, TMPDIR=str(long))
    file = re.search(r"ipc by (\S+)", built.page("book/numbers"))
    assert file and not Path(file[1]).parent.exists(), built.log


def test_an_interrupt_stops_the_build_and_its_kernels(make_book):
    book = make_book("fresh")
    book.edit("_toc.yml", "  - file: book/trained\n", "")
    wait = """import os, time
from IPython.display import display
display({"application/vnd.deref.progress+json": {"text": f"kernel {os.getpid()}"}}, raw=True)
time.sleep(600)"""
    for name in ("numbers", "words"):
        book.write(f"book/{name}.md", page("Endless", wait))
    command = Path(sys.executable).with_name("jupyter-book")
    with subprocess.Popen([command, "build", "."], cwd=book.path, env=book.environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as build:
        kernels = []
        while len(kernels) < 2 and (line := build.stdout.readline()):
            if "] kernel " in line:
                kernels.append(int(line.split()[-1]))
        os.killpg(build.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
        build.communicate(timeout=60)
    assert build.returncode
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{kernel}").exists() for kernel in kernels):
        assert time.monotonic() < deadline, "a kernel outlived its build"
        time.sleep(0.1)
