"""The page "Rebuild and extend", followed to the letter: every command, file and change of it, in small copies.

A section's test does all that the section says, so a new command needs no new test and a misspelt one fails. What is
done otherwise than the page says is declared in `stand_ins`.
"""

import json
import re
import shutil
import subprocess
import urllib.request

import emulated
import forks
import pytest
import recipes
import torch
from small_copy import PROJECT, SmallCopy
from stand_ins import CROSSING, PAGE, SIX, STAND_INS, TEXT, TRIMS, following, small_copy

from bookkit.pages.notebooks import archive
from deref.cli.device import NO_GPU
from evidence.provenance import source

pytestmark = pytest.mark.slow

FOLLOWED: dict[str, str] = {}


def follows(title):
    """Mark the one test that follows a section."""
    def mark(test):
        assert FOLLOWED.setdefault(title, test.__name__) == test.__name__, f"two tests follow {title!r}"
        return test

    return mark


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A copy with one of the book's own sections, in which M was changed, and what the commands said."""
    copy = small_copy(tmp_path_factory.mktemp("changed") / "a copy", sections=["book/ch06/crossing"],
                      modules=["deref.sections.ch06.crossing.crossing"])
    commit = "git init -q && git add . && git -c user.name=A -c user.email=a@b.example commit -qm 'As it was'"
    assert copy.shell(commit).returncode == 0
    with following(copy) as reader:
        return copy, reader.follow("Change M")


def test_every_section_that_says_what_to_do_is_followed_by_one_test():
    assert set(FOLLOWED) == {title for title, section in PAGE.items() if section.items}


def test_what_stands_in_is_still_on_the_page():
    page = TEXT.read_text("utf-8")
    assert [one.said for one in STAND_INS if one.said not in page] == []
    assert [one.said for one in TRIMS if not (PROJECT / one.path).exists() and one.said not in page] == []


@follows("Rebuild and extend")
def test_the_book_is_built_from_its_archive_and_served(tmp_path):
    """By a reader who has nothing but the archive on the site."""
    written = small_copy(tmp_path / "source", prepared=False).path
    (tmp_path / "deref.tar.gz").write_bytes(archive(written, "deref"))
    subprocess.run(["tar", "xzf", "deref.tar.gz"], cwd=tmp_path, check=True)  # now, for its environment
    with following(SmallCopy.found(tmp_path / "deref")) as reader:
        reader.follow("Rebuild and extend")
        with urllib.request.urlopen(f"{reader.names['book']}/book/intro.html") as answer:
            assert "Intro" in answer.read().decode()
        reader.stop()


@follows("Where things are kept")
def test_the_store_is_shown_and_cleaned(reader):
    reader.copy.edit(SIX, "seeds=range(5)", "seeds=range(4)")
    before, cleaned, _, _, listed = reader.follow("Where things are kept")
    assert (reader.copy.path / ".runs").is_dir(), "expected that cleaning leaves the store alone"
    assert "(no experiment)" in before.said and "5 seeds" in before.said
    assert "deleted " in cleaned.said and "0 entries" in cleaned.said
    assert "six-cells    4 seeds  missing  Six cells" in listed.said


@follows("Change M")
def test_m_is_changed(changed):
    copy, done = changed
    old_words, places = (one for one in done if one.command.startswith("grep"))
    assert "book/ch06/crossing.md:" in old_words.said
    assert f"{CROSSING}:" in places.said
    assert "CELLS = 8\n" in copy.read(CROSSING)


def test_no_other_page_depends_on_the_section_whose_m_is_changed():
    """The page says so, and it is what a change of M costs."""
    dependent = []
    for page in (PROJECT / "book").rglob("*.md"):
        cells = re.findall(r"^```\{code-cell\}.*\n((?::.*\n)*)((?:.*\n)*?)```", page.read_text("utf-8"), re.MULTILINE)
        names = {name for _, cell in cells for name in source.imports_of(cell)}
        if "deref.sections.ch06.crossing.crossing" in source.closure(names, PROJECT / "code"):
            dependent.append(page.stem)
    assert dependent == ["crossing"]


@follows("Add an experiment")
def test_an_experiment_is_added(extended):
    copy, done = extended
    programs = [one.command.partition(" ")[0] for one in done]
    assert programs == ["mkdir", "touch", ".venv/bin/python", ".venv/bin/deref", "make"]
    site = copy.path / "_build" / "html"
    page = (site / "book/ch06/six.html").read_text("utf-8")
    assert 'href="../../results/six.solved/' in page and 'class="result"' in page
    assert "Of <span" in page and "5\u00a0seeds</a>" in page
    assert (site / "figures" / "fig.six.svg").stat().st_size > 1000
    assert "six.html" in (site / "book/ch06/index.html").read_text("utf-8")
    assert 'class="claim claim-refuted admonition"' in page


@follows("Add seeds")
def test_seeds_are_added(reader):
    shutil.move(reader.copy.path / ".runs", reader.copy.path / "_build" / "runs")  # where earlier versions left it
    (done,) = reader.follow("Add seeds")
    assert [line.split()[1] for line in done.said.splitlines() if line.startswith("executed")] == ["book/ch06/six"]
    assert "10\u00a0seeds</a>" in reader.copy.read("_build/html/book/ch06/six.html")
    found = [json.loads(path.read_text()) for path in (reader.copy.path / ".runs").glob("*/history.json")]
    five, ten = sorted((one["accuracy"] for one in found), key=len)
    assert (len(ten), ten[:5]) == (10, five)


@follows("Use a cluster")
def test_runs_are_trained_on_a_cluster(reader):
    shutil.rmtree(reader.copy.path / ".runs")
    reader.follow("Use a cluster")
    assert len(list((reader.copy.path / ".runs").glob("*/run.json"))) == 1
    reader.stop()


@follows("Use a GPU")
def test_a_gpu_is_used_or_missed(reader):
    scheduler = next(item.text for item in PAGE["Use a cluster"].items
                     if isinstance(item, recipes.Command) and item.text.endswith("dask scheduler"))
    reader.run(scheduler)
    here = torch.cuda.is_available()
    done = reader.follow("Use a GPU", refused=lambda command: not here and "cuda" in command)
    if not here:
        one, book, cluster = done
        assert NO_GPU in one.said and NO_GPU in book.said
        assert NO_GPU in TEXT.read_text("utf-8")
        assert f"six-cells failed: {NO_GPU}" in cluster.said


@follows("The same bits everywhere")
def test_the_same_bits_are_computed(reader):
    if reason := emulated.unable():
        pytest.skip(reason)
    forks.shared().exactly()
    reader.copy.edit("book/ch06/index.md", "print('ready')", "import os\nprint('by', os.environ.get('MKL_CBWR'))")
    built, trained, verified = reader.follow("The same bits everywhere")
    assert "by COMPATIBLE" in reader.copy.read("_build/html/book/ch06/index.html")
    assert [line.split()[1] for line in built.said.splitlines() if line.startswith("executed")]
    assert "trained 1 of 1 missing runs" in built.said  # though the ordinary run is there
    assert "every run is in the store (1 of 1)" in trained.said
    record = json.loads(reader.copy.read("_build/html/results/six.solved/record.json"))
    (run,) = (path for path in (reader.copy.path / ".runs").glob("*/run.json")
              if json.loads(path.read_text()).get("exact"))
    weights = json.loads(run.with_name("checksums.json").read_text())["weights.safetensors"]
    assert record["build"]["exact"]["weights"] == [weights]
    assert [used["address"] for used in record["runs"]] == [run.parent.name]
    assert f"sha256 of the record then: {record['sha256']}" in verified.said


@follows("Compute a released record anew")
def test_a_record_is_computed_anew(tmp_path):
    copy = small_copy(tmp_path / "a copy", modules=["deref.sections.ch06.depth.phase_sweep"])
    here = torch.cuda.is_available()
    with following(copy) as reader:
        listed, _, full = reader.follow("Compute a released record anew",
                                            refused=lambda command: not here and "cuda" in command)
    assert "phase-full" in listed.said
    assert (copy.path / "records" / "sweeps" / "phase.json.xz").exists()
    assert here or NO_GPU in full.said


@follows("Replicate it")
def test_it_is_replicated(reader):
    section, every, book, checked = reader.follow("Replicate it")
    assert "six.solved" in section.said and "wrote" not in section.said
    assert "deref: trained 1 of 1 missing runs" in section.said and "deref: trained 1 of 1" in every.said
    assert "wrote records/replications/six.json.xz: " in every.said
    assert re.search(r"wrote records/replications/\S+-0\.json\.xz: ", book.said)
    assert checked.said.count("a replication on") == 2
    assert reader.run("make book").status == 0
    assert 'class="bookkit-dots"' in reader.copy.read("_build/html/results/six.solved/index.html")


@follows("Take trained models along")
def test_trained_models_are_taken_along(reader):
    exported, verified, built = reader.follow("Take trained models along")
    assert "1 run of the book built here" in exported.said
    assert "six.solved: same" in verified.said
    assert "imported 0 runs of the book built here into " in built.said
    shutil.rmtree(reader.copy.path / ".runs")
    shutil.rmtree(reader.copy.path / "_build")
    said = reader.run("make book RUNS=runs.zip").said
    assert "imported 1 run of the book built here into " in said
    assert "deref: every run is in the store (1 of 1)" in said


@follows("The book on paper")
def test_the_book_is_printed(reader):
    printed, packed = reader.follow("The book on paper")
    pages = len(re.findall(r"^(?:root| *- file):", reader.copy.read("_toc.yml"), re.MULTILINE))
    assert all(f"{pages} pages of the site are in" in done.said for done in (printed, packed))
    assert (reader.copy.path / "_build" / "deref.epub").read_bytes()[30:58] == b"mimetypeapplication/epub+zip"
    assert (reader.copy.path / "_build" / "deref.pdf").read_bytes().startswith(b"%PDF")


@follows("Edit prose without training")
def test_prose_is_edited_without_training(reader):
    version = re.search(r"^version: (\S+)$", reader.copy.read("CITATION.cff"), re.MULTILINE)[1]
    assert reader.run(f"make release VERSION={version}").status == 0  # of this copy, whose numbers are then released
    shutil.rmtree(reader.copy.path / ".runs")
    reader.copy.edit("book/ch06/six.md", "Three address bits", "Three bits of address")
    (done,) = reader.follow("Edit prose without training")
    assert "nothing is trained or executed" in done.said
    page = (reader.copy.path / "_build/html/book/ch06/six.html").read_text("utf-8")
    assert "Three bits of address" in page
    assert f"outputs come from release {version}" in page


@follows("Test it")
def test_the_tests_are_run(reader):
    (done,) = reader.follow("Test it")  # of the copy, which has only a few fast ones
    assert re.search(r"^\d+ passed in", done.said, re.MULTILINE)
