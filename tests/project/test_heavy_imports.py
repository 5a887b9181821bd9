"""Heavy libraries: what few pages need is loaded by those alone, since every page has a process of its own."""

import os
import subprocess
import sys

from evidence.provenance.source import CODE

HEAVY = ("lifelines", "pandas", "scipy.stats", "sklearn", "statsmodels", "torch._dynamo")


def loaded_by(code: str) -> list[str]:
    """Those of `HEAVY` that a process has loaded when it has run some code."""
    asked = f"{code}\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", asked], env={**os.environ, "PYTHONPATH": str(CODE)},
                           capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_a_library_that_is_loaded_is_seen():
    assert loaded_by("import scipy.stats") == ["scipy.stats"]


def test_means_and_shares_need_scipy_alone():
    assert loaded_by("""
from deref.sections.ch06.depth import depth
from deref.sections.ch07.block import directions
from evidence.results import mean_t, wilson
mean_t([1.0, 2.0]), wilson(1, 2)
""") == ["scipy.stats"]


def test_a_run_is_read_without_the_compiler():
    assert loaded_by("""
from deref import ModelConfig, PointerTask, TrainConfig, Transformer
from deref.train.history import History
from evidence.runs.training import restore, weights_of
task = PointerTask(M=4)
model = ModelConfig(length=task.length, layers=1, heads=1, width=8)
config = TrainConfig(task=task, model=model, steps=1, batch=1)
restore(config, (0,), weights_of(Transformer(model, (0,))), History.empty((0,)).to_json())
""") == []
