"""Groups of tests: pytest-xdist sends them to one process."""

import os
import subprocess
import sys

from pages import ROOT

TESTS = """
import os
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(6))
def test_of_a_group(number):
    with open("processes", "a") as file:
        file.write(f"{os.getpid()}\\n")

@pytest.mark.parametrize("number", range(6))
def test_alone(number):
    pass
"""


def test_the_tests_of_a_group_run_in_one_process(tmp_path):
    (tmp_path / "test_some.py").write_text(TESTS)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests" / "support")}
    run = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "groups", "test_some.py"]
    subprocess.run(run, cwd=tmp_path, env=environment, check=True, capture_output=True)
    processes = (tmp_path / "processes").read_text().split()
    assert len(processes) == 6 and len(set(processes)) == 1
