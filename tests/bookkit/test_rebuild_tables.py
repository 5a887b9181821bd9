"""The tables of "Rebuild and extend": every setting has the effect that it says, and every refusal its words.

Settings that leave a copy as it was are tried in one, where pages are read anew once; those of the environment in
another, which has none at first.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest
import recipes
from stand_ins import PAGE, SIX, SIX_CLAIMS, following

pytestmark = pytest.mark.slow

PAGES = "book/ch06"


@pytest.fixture(scope="module")
def settled(extended, tmp_path_factory):
    """Somebody who tries several settings in one copy."""
    with following(extended[0].clone(tmp_path_factory.mktemp("settled") / "a clone")) as made:
        yield made


def page_of(reader, *lines):
    """Give a light page another cell, so that the next build executes it."""
    page = reader.copy.read("book/ch06/index.md")
    cell = re.search(r"```\{code-cell\}\n(.*)\n```", page, re.DOTALL)[1]
    reader.copy.edit("book/ch06/index.md", cell, "\n".join(lines))


def jobs(reader, command):
    page_of(reader, "print('again')")
    assert "1 stale chapter(s), 4 at a time: book/ch06/index" in reader.run(command).said


def strict(reader, command):
    done = reader.run(command)
    assert done.status == 0 and "computing 1 of 1 results again, drawn with BOOK_SAMPLE=" in done.said
    reader.copy.write("book/ch06/left-out.md", "# Left out\n")
    done = reader.run(command)
    (reader.copy.path / "book/ch06/left-out.md").unlink()
    assert done.status and "book/ch06/left-out.md: the book does not have this page" in done.said


def interpreter(reader, command):
    named = reader.copy.path.parent / "path" / "to" / "python3.13"  # by name
    named.parent.mkdir(parents=True)
    named.symlink_to(Path(sys.executable).resolve())
    done = reader.run(command)  # goes on to install, which there is no network for
    assert f"command = {named} -m venv" in reader.copy.read(".venv/pyvenv.cfg")
    assert done.status and "deref: installing failed (all of it: .venv/setup.log)" in done.said


def index(reader, command):
    done = reader.run(command, PIP_NO_INDEX="")
    assert f"Looking in indexes: file://{reader.copy.path.parent}/whl/cpu" in reader.copy.read(".venv/setup.log")
    assert done.status and "No matching distribution found for torch==" in done.said


def store(reader, command):
    place = reader.copy.path.parent / "path"
    shutil.move(reader.copy.path / ".runs", place)
    page_of(reader, "from evidence.runs.store import Store",
            "print(len(list(Store().root.glob('*/run.json'))), 'kept')")
    assert reader.run(command).status == 0
    assert "1 kept" in (reader.copy.path / "_build/html/book/ch06/index.html").read_text("utf-8")
    assert not (reader.copy.path / ".runs").exists()
    shutil.move(place, reader.copy.path / ".runs")


def no_language_model(reader, command):
    page_of(reader, "from evidence.unavailable import Absent", "from deref.lm.weights import weights_file", "try:",
            "    weights_file()", "except Absent as reason:", "    print(reason)")
    assert reader.run(command).status == 0
    page = (reader.copy.path / "_build/html/book/ch06/index.html").read_text("utf-8")
    assert "the language model is switched off, by DEREF_NO_LM" in page


def address(reader, command):
    assert reader.run(command).status == 0
    assert "https://book.example/deref/book/ch06/six.html" in reader.copy.read("_build/html/sitemap.xml")
    assert '<link rel="canonical" href="https://book.example/deref/' in reader.copy.read("_build/html/book/intro.html")


def elsewhere(title):
    """For a command of a section, whose test follows it there and asserts its effect."""
    def check(reader, command):
        assert command in [item.text for item in PAGE[title].items if isinstance(item, recipes.Command)]

    return check


def rerun(reader, command):
    done = reader.run(command)
    assert done.status == 0 and "executed book/ch06/six in" in done.said


SETTINGS = {"JOBS=4": jobs, "STRICT=1": strict, "RERUN=": rerun, "EXACT=1": elsewhere("The same bits everywhere"),
            "DEREF_STORE=": store, "RUNS=": elsewhere("Take trained models along"), "DEREF_NO_LM=1": no_language_model,
            "DEREF_DEVICE=cuda": elsewhere("Use a GPU"), "BOOK_URL=": address}
UNSETTLING = {"PYTHON=": interpreter, "TORCH_INDEX=": index}


def check_of(command, checks):
    found = [check for setting, check in checks.items() if setting in command]
    assert len(found) <= 1
    return found[0] if found else None


def test_every_setting_has_one_check():
    assert [command for command in PAGE["Settings"].rows
            if bool(check_of(command, SETTINGS)) == bool(check_of(command, UNSETTLING))] == []


@pytest.mark.xdist_group("settings")
@pytest.mark.parametrize("command", [one for one in PAGE["Settings"].rows if check_of(one, SETTINGS)])
def test_every_setting_has_its_effect(settled, command):
    check_of(command, SETTINGS)(settled, command)


@pytest.fixture(scope="module")
def bare(extended, tmp_path_factory):
    """Somebody whose copy has no environment, so that torch is asked for; a first command makes one, and no more."""
    with following(extended[0].clone(tmp_path_factory.mktemp("bare") / "a clone")) as made:
        shutil.rmtree(made.copy.path / ".venv")
        yield made


@pytest.mark.xdist_group("bare")
@pytest.mark.parametrize("command", [one for one in PAGE["Settings"].rows if check_of(one, UNSETTLING)])
def test_a_setting_of_the_environment_has_its_effect(bare, command):
    check_of(command, UNSETTLING)(bare, command)


def names(copy):
    """Train an experiment whose name is misspelt."""
    return copy.shell(".venv/bin/deref train six-cels").stdout


def copied(copy):
    """Train with a second module that is a copy of the first one."""
    second = str(Path(SIX).with_name("seven.py"))
    copy.write(second, copy.read(SIX))
    said = copy.shell(".venv/bin/deref train six-cells").stdout
    (copy.path / second).unlink()
    return said


def altered(copy, command, *edits):
    """Run a command while texts of files are others: each edit is a file, what it says, and what stands in for it."""
    before = {name: copy.read(name) for name, _, _ in edits}
    for edit in edits:
        copy.edit(*edit)
    said = copy.shell(command).stdout
    for name, text in before.items():
        copy.write(name, text)
    return said


def careless(copy):
    """Build with a page that has no header in place of the one that has it."""
    page = copy.read(f"{PAGES}/six.md")
    copy.write(f"{PAGES}/plain.md", page[page.index("# Six"):])
    said = altered(copy, "make book", ("_toc.yml", f"{PAGES}/six", f"{PAGES}/plain"))
    (copy.path / PAGES / "plain.md").unlink()
    return said


def contradicted(copy):
    """Build strictly with the page's own claim, which its trimmed training refutes and the text supports, and with the
    page's figure left out: a build names all that is wrong."""
    name = f"{PAGES}/six.md"
    page = copy.read(name)
    figure = page[page.index(":::{exhibit}"):page.rindex(":::") + 3]
    return altered(copy, "make book STRICT=1", (SIX_CLAIMS, "'refuted'", "SUPPORTED"), (name, figure, ""))


@pytest.fixture(scope="module")
def refusals(extended, tmp_path_factory):
    """What is said when somebody provokes each of the messages, by message."""
    copy = extended[0].clone(tmp_path_factory.mktemp("refusals") / "a copy")
    train, plain, wrong = ".venv/bin/deref train six-cells", careless(copy), contradicted(copy)
    wrong_id = "from deref import publish\nfrom deref.sections.ch06.six import six\npublish('six.sovled')"
    return {
        "the name of an experiment": names(copy),
        "a new experiment's name": copied(copy),
        "as seeds": altered(copy, train, (SIX, "seeds=range(5)", "seeds=(0, 1, 1)")),
        "the task's length": altered(copy, train, (SIX, "length=TASK.length", "length=11")),
        "a declared result": copy.shell(f'.venv/bin/python -c "{wrong_id}"').stdout,
        "no page publishes": plain,
        "no page shows": wrong,
        "the book does not have this page": plain,
        "Found an unexpected": plain,
        "the text was written for": wrong,
    }


@pytest.mark.xdist_group("refusals")
@pytest.mark.parametrize("message", PAGE["When something is refused"].messages)
def test_every_refusal_has_its_words(refusals, message):
    (said,) = (said for part, said in refusals.items() if part in message)
    assert message in said


@pytest.mark.xdist_group("refusals")
def test_refusals_are_easy_to_find(refusals):
    for part in ("the name of an experiment", "a new experiment's name", "as seeds", "the task's length"):
        assert refusals[part].startswith("deref: ") and len(refusals[part].splitlines()) == 1
    assert f"{SIX}:18: expected one or more" in refusals["as seeds"]
    for part in ("no page publishes", "no page shows", "the text was written for"):
        assert part in refusals[part].partition("Extension error:")[2].partition("Traceback")[0]
