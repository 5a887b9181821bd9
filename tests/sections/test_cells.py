"""Each section has a cell that a reader can lift into a file of their own and run."""

import os
import re
from pathlib import Path

import pytest

import deref
from evidence.location import default_root
from evidence.provenance.source import imports_of

PROJECT = Path(__file__).parents[2]
PAGES = sorted(path for path in (PROJECT / "book").glob("ch0?/*.md") if path.stem != "index")
WIDEST = 88  # characters that a page of 1280 pixels shows without scrolling
PHONE = 44  # characters that a phone shows in a line
SERIES = re.compile(r".{1,24}?( +\[?(-?[\d.,%e+-]+|inf)\]?)+")  # numbers behind a name: it may wrap at any space
CELL = re.compile(r"^```\{code-cell\}\n:tags: \[([^\]]*)\]\n\n?(.*?)^```$", re.DOTALL | re.MULTILINE)


ANY_CELL = re.compile(r"^```\{code-cell\}\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def lifted(page: Path) -> list[str]:
    return [code for tags, code in CELL.findall(page.read_text("utf-8")) if "standalone" in tags]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_a_section_s_standalone_cell_runs_in_a_file_of_its_own(page, tmp_path, forks):
    cells = lifted(page)
    assert cells, f"{page.name} has no code cell with the tag standalone"
    for number, code in enumerate(cells):
        assert 4 <= len([line for line in code.splitlines() if line.strip()]) <= 10
        script = tmp_path / f"lifted_{number}.py"
        script.write_text(code, "utf-8")
        done = forks.run([script], cwd=tmp_path, env={**os.environ, "DEREF_STORE": str(default_root())})
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.strip(), "expected a cell that shows what it found"
        assert [line for line in done.stdout.splitlines() if len(line) > PHONE and not SERIES.fullmatch(line)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_cells_fit_the_page_and_standalone_ones_import_from_the_front_door_or_a_section(page):
    lines = [line for cell in ANY_CELL.findall(page.read_text("utf-8")) for line in cell.splitlines()]
    assert [line for line in lines if len(line) > WIDEST] == []
    imported = {name for code in lifted(page) for name in imports_of(code) if name.startswith(("deref", "evidence"))}
    deep = {name for name in imported if "." in name and name.split(".")[1] not in {*deref.__all__, "sections"}}
    assert deep == set() and not any(name.startswith("deref.sections.shared") for name in imported)
