"""A test that waits for what never comes fails with the place where it stood, and costs the others nothing."""

import subprocess
import sys

from pages import ROOT

TESTS = """
import time

def test_waits_for_nothing():
    time.sleep(600)

def test_has_its_turn():
    pass
"""


def test_who_waits_for_good_is_named_and_the_others_are_run(tmp_path):
    (tmp_path / "test_some.py").write_text(TESTS)
    run = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-n", "1",
           "-o", "pythonpath=", "-o", "faulthandler_timeout=1", "-p", "no:cacheprovider",
           "--basetemp", tmp_path / "kept", tmp_path]
    ran = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout
    assert "test_some.py\", line 5 in test_waits_for_nothing" in ran.stderr
