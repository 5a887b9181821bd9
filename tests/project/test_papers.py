"""The papers of the house: the paths that they name are there, and the picture is that of the code."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import architecture
import typecheck
from evidence.provenance.source import CODE

ROOT = Path(__file__).parents[2]
PAPERS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "book/rebuild.md")
FOLDERS = ("book", "code", "records", "scripts", "tests")
NEW = ("six",)  # the section that "Rebuild and extend" has its readers add
SCREEN = 60  # lines


@pytest.mark.parametrize("paper", PAPERS)
def test_every_path_that_a_paper_names_is_there(paper):
    text = (ROOT / paper).read_text("utf-8")
    named = set(re.findall(rf"(?<![\w./-])((?:{'|'.join(FOLDERS)})/[\w./-]*[\w/])", text))
    named = {name for name in named if not re.search(rf"/({'|'.join(NEW)})\b|[A-Z]{{4,}}|/seven", name)}
    assert named or paper == "CHANGELOG.md"
    missing = [name for name in sorted(named) if not (ROOT / name).exists() and not (ROOT / f"{name}.md").exists()]
    assert [name for name in missing if not name.startswith("records/")] == []


def test_paths_below_the_probes_are_there():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`((?:base|pointer|interventions|measures)/\w+\.py)`", text)
    assert len(named) > 10
    assert [name for name in named if not (CODE / "deref" / "probes" / name).exists()] == []


def test_the_picture_is_drawn_from_the_imports_of_today():
    assert architecture.picture() in architecture.PAPER.read_text("utf-8"), "python scripts/architecture.py draws it"


def test_a_picture_leaves_out_what_longer_ways_say_and_refuses_circles():
    assert architecture.reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
    with pytest.raises(ValueError, match="expected imports one way, got a circle through a, b"):
        architecture.reduced({"a": {"b"}, "b": {"a"}})


def test_the_tree_of_code_fits_on_one_screen():
    folders = [path for pattern in ("*", "*/*", "*/*/*") for path in CODE.glob(pattern)
               if path.is_dir() and path.name != "__pycache__" and not path.name.endswith(".egg-info")]
    assert len(folders) < SCREEN


def test_every_section_of_code_has_the_path_of_a_page_and_tests_below_it():
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    pages = set(re.findall(r"file: book/(ch\d+/\w+)", toc))
    code, tests = ({f"{path.parent.parent.name}/{path.parent.name}" for path in root.glob(f"ch*/*/{some}.py")}
                   for root, some in ((CODE / "deref" / "sections", "*"), (ROOT / "tests" / "sections", "test_*")))
    assert code - pages == set()
    assert code == tests


def test_the_changelog_has_every_release_and_what_is_to_come():
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    releases = [path.stem for path in (ROOT / "records" / "releases").glob("*.json")]
    assert [one.partition(" - ")[0] for one in headings] == ["Unreleased", *sorted(releases, reverse=True)]


@pytest.mark.parametrize(("found", "said"), [
    ({"a": 2}, []), ({"a": 3}, ["expected at most 2 type errors in a, found 3"]),
    ({"a": 1}, ["a has 1 type errors now, and the file allows 2"]),
    ({"a": 2, "b": 1}, ["expected at most 0 type errors in b, found 1"]),
])
def test_type_errors_only_become_fewer(found, said):
    told = typecheck.compare(Counter(found), {"a": 2})
    assert len(told) == len(said) and all(part in line for part, line in zip(said, told, strict=True))


def test_higher_numbers_of_type_errors_are_never_written(tmp_path, monkeypatch, capsys):
    path = tmp_path / "left.json"
    path.write_text('{"deref": 1, "evidence": 1}')
    monkeypatch.setattr(typecheck, "LEFT", path)
    error = {"location": {"path": "code/deref/x.py"}}
    monkeypatch.setattr(typecheck, "errors", lambda: [error, error])
    assert typecheck.main(["--write"]) == 1 and json.loads(path.read_text())["deref"] == 1
    monkeypatch.setattr(typecheck, "errors", lambda: [error])
    assert typecheck.main(["--write"]) == 0 and json.loads(path.read_text()) == {"deref": 1, "evidence": 0}
    assert "found 2" in capsys.readouterr().err
