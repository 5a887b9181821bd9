"""Groups of tests: pytest-xdist sends them to one process."""

import os
import subprocess
import sys
from collections import defaultdict

from pages import ROOT

TESTS = """
import os
import pytest

@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return tmp_path_factory.mktemp("book")

def note(name):
    with open("processes", "a") as file:
        file.write(f"{name} {os.getpid()}\\n")

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(6))
def test_of_a_group(number):
    note("group")

@pytest.mark.parametrize("number", range(6))
def test_of_what_a_module_shares(book, number):
    note("module")

@pytest.mark.parametrize("number", range(6))
def test_alone(number, tmp_path_factory):
    note(f"alone-{number}")
"""


def test_the_tests_of_a_group_run_in_one_process(tmp_path):
    (tmp_path / "test_some.py").write_text(TESTS)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests" / "support")}
    run = [sys.executable, "-m", "pytest", "-v", "-n", "3", "--dist", "loadgroup", "-p", "groups", "--basetemp=kept",
           "test_some.py"]
    said = subprocess.run(run, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout
    processes = defaultdict(list)
    for line in (tmp_path / "processes").read_text().splitlines():
        processes[line.split()[0]].append(line.split()[1])
    assert len(processes["group"]) == len(processes["module"]) == 6
    assert len(set(processes["group"])) == len(set(processes["module"])) == 1
    assert "test_of_what_a_module_shares[0]@test_some" in said and "test_alone[0]@" not in said
