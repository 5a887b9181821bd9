"""Processes that work for another one end with it, at once, whatever they are doing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from evidence.runs import checkpoint as checkpoints

SUPPORT = Path(__file__).parents[2] / "support"
PATIENCE_S, AT_ONCE_S = 120, 3

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "gate").mkdir()
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path]), "DEREF_DEVICE": "cpu",
            "DEREF_STORE": str(tmp_path / "runs"), "TOY_GATE": str(tmp_path / "gate")}


def holding(environment, number):
    """The processes that hold on to their interpreters, once there are so many."""
    gate, began = Path(environment["TOY_GATE"]), time.monotonic()
    while len(found := list(gate.iterdir())) < number:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.05)
    return [int(path.name) for path in found]


def gone(processes):
    """Whether processes are gone, or dead and waiting for somebody to notice, within a moment."""
    began = time.monotonic()
    while time.monotonic() - began < AT_ONCE_S:
        if not any(psutil.pid_exists(one) and psutil.Process(one).status() != psutil.STATUS_ZOMBIE
                   for one in processes):
            return True
        time.sleep(0.05)
    return False


@linux
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_command_is_killed(environment, end):
    command = subprocess.Popen([sys.executable, "-m", "deref", "train", "--module", "toy_holds", "--jobs", "2"],
                               env=environment, stderr=subprocess.DEVNULL)
    workers = holding(environment, 2)
    command.send_signal(end)
    command.wait()
    assert gone(workers)


@linux
def test_processes_that_compute_values_end_when_the_command_is_killed(environment, tmp_path):
    script = """
import sys
from pathlib import Path
from deref.cli import values
from evidence.runs import Store
values.compute(["toy_holds"], ["toy.held"], Store(device="cpu"), 0, Path(sys.argv[1]), 1, print)
"""
    command = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "values")], env=environment)
    process = holding(environment, 1)
    command.kill()
    command.wait()
    assert gone(process)


def test_the_end_of_the_input_ends_a_process_where_nothing_else_does(environment, tmp_path):
    script = "from deref.cli import orders; import time; found = orders.orders(); print(found.get(), flush=True); " \
             "time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", f"import sys; sys.platform = 'darwin'; {script}"], env=environment,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps({"name": "é"}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"name": "é"}
        process.stdin.close()
        assert process.wait(timeout=AT_ONCE_S) == 0


def test_training_that_a_killed_build_started_stops_after_a_checkpoint(environment):
    build = "import os, sys; from bookkit.execution.train import _run; _run([sys.executable, *sys.argv[1:]], " \
            "dict(os.environ), '.')"
    command = ["-m", "deref", "train", "--module", "toy_endless", "--jobs", "1"]
    with subprocess.Popen([sys.executable, "-c", build, *command], env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        store, began = Path(environment["DEREF_STORE"]), time.monotonic()
        while not list(store.glob("locks/*.lock")):
            assert time.monotonic() - began < PATIENCE_S
            time.sleep(0.05)
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) == 2
        process.kill()
    _, alive = psutil.wait_procs(started, timeout=PATIENCE_S)
    assert alive == []
    (checkpoint,) = store.glob("checkpoints/*.safetensors")
    assert checkpoints.read(checkpoint, checkpoint.stem).state["history"]


def test_a_process_that_is_told_of_no_parent_outlives_it(environment):
    script = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', " \
             "'import time; from evidence import parents; parents.when_gone(lambda: print(1)); time.sleep(2); " \
             "print(2, flush=True)'])"
    done = subprocess.run([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True,
                          check=True)
    assert done.stdout == "2\n"
