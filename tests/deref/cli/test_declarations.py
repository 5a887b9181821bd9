"""Experiments that are declared wrongly, and devices that are not there: one line for whoever typed them."""

import os
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[2] / "support"
MODULE = """from deref.experiment import experiment
from quadratic import Quadratic

experiment("wrong", config=Quadratic(steps=10), seeds=(0, 1), about="Right.")
experiment("{name}", config=Quadratic(steps=11), seeds={seeds}, about="Wrong.")
"""


@pytest.fixture
def deref(forks, tmp_path):
    def run(*arguments, **env):
        return forks.run(["-m", "deref", *arguments], cwd=tmp_path, env={
            **os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(tmp_path)]),
            "DEREF_STORE": str(tmp_path / "runs"), **env})

    return run


@pytest.mark.parametrize(("name", "seeds", "message"), [
    ("wrong", (0, 1), "expected a new experiment's name, got 'wrong', which mistakes declares already"),
    ("other", (0, 0), "expected one or more different whole numbers of at least 0 as seeds, got (0, 0)"),
    ("Other", (0, 1), "expected lower-case words, figures and hyphens as an experiment's name, got 'Other'"),
])
def test_a_wrong_declaration_is_one_line_with_its_place(deref, tmp_path, name, seeds, message):
    (tmp_path / "mistakes.py").write_text(MODULE.format(name=name, seeds=seeds), "utf-8")
    done = deref("train", "--module", "mistakes", DEREF_DEVICE="cpu")
    assert done.returncode == 2
    assert done.stderr == f"deref: mistakes.py:5: {message}\n"


def test_an_error_inside_a_module_keeps_its_traceback(deref, tmp_path):
    (tmp_path / "mistakes.py").write_text("undefined\n", "utf-8")
    done = deref("train", "--module", "mistakes", DEREF_DEVICE="cpu")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "NameError: name 'undefined' is not defined"


def test_a_device_that_there_is_not_is_one_line(deref):
    done = deref("train", "--module", "toy_experiments", DEREF_DEVICE="gpu")
    assert done.returncode == 2
    assert done.stderr == "deref: expected the device to be one of auto, cpu, cuda, got 'gpu' (DEREF_DEVICE)\n"
