"""Workers: processes that train one run after the other, as if each run had a process to itself."""

import gc
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from deref.cli import worker
from deref.cli.worker import DONE

SUPPORT = Path(__file__).parents[2] / "support"
CARELESS = [f"toy-careless-{count}" for count in (1, 2, 3, 4)]
PATIENCE_S = 60


def environment(folder):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path]), "DEREF_STORE": str(folder),
            "DEREF_DEVICE": "cpu", "COLUMNS": "200"}


def start(folder):
    return subprocess.Popen([sys.executable, "-m", "deref.cli.worker"], env=environment(folder), text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def give(process, name):
    process.stdin.write(json.dumps({"name": name, "module": "toy_workers", "threads": 1}) + "\n")
    process.stdin.flush()


def trained(folder, names):
    """The weights and histories of runs that one worker trained in this order, by what they are runs of."""
    with start(folder) as process:
        for name in names:
            give(process, name)
            assert any(line.rstrip() == DONE for line in process.stdout)
        process.stdin.close()
        assert process.wait(timeout=PATIENCE_S) == 0
    found = {}
    for path in folder.glob("*/run.json"):
        about = json.loads(path.read_text())
        found[about["config"]["type"], len(about["seeds"])] = [
            (path.parent / name).read_bytes() for name in ("weights.safetensors", "history.json")]
    return found


def test_the_fifth_run_of_a_worker_is_what_a_fresh_process_makes(tmp_path):
    after_others = trained(tmp_path / "after", [*CARELESS, "toy-model"])
    assert len(after_others) == 5
    model = ("TrainConfig", 2)
    assert after_others[model] == trained(tmp_path / "fresh", ["toy-model"])[model]


def test_one_process_takes_every_run_and_each_run_has_its_own_words(forks, tmp_path):
    done = forks.run(["-m", "deref", "train", "--module", "toy_workers", "--jobs", "1"], env=environment(tmp_path))
    assert done.returncode == 0, done.stderr
    processes = re.findall(r"^toy-careless-\d: (\d+)$", done.stderr, re.MULTILINE)
    assert len(processes) == 4 and len(set(processes)) == 1
    said = re.findall(r"^toy-careless-(\d): careless (\d)$", done.stderr, re.MULTILINE)
    assert sorted(said) == [(count, count) for count in "1234"]


def test_there_are_no_more_processes_than_runs(forks, tmp_path):
    done = forks.run(["-m", "deref", "train", "--module", "toy_workers", "--jobs", "64"], env=environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(set(re.findall(r"^toy-careless-\d: (\d+)$", done.stderr, re.MULTILINE))) <= 5


def test_a_worker_ends_with_whoever_ordered_the_run_even_while_it_waits_for_a_lock(tmp_path):
    trained(tmp_path, [CARELESS[0]])
    (lock,) = (tmp_path / "locks").iterdir()
    (run,) = tmp_path.glob("*/run.json")
    run.unlink()
    with FileLock(lock), start(tmp_path) as process:
        give(process, CARELESS[0])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        began = time.monotonic()
        process.stdin.close()
        process.wait(timeout=PATIENCE_S)
        assert time.monotonic() - began < 5


def test_a_worker_keeps_nothing_of_a_run(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    from descent import Descent, Point

    def kept():
        gc.collect()
        return sum(issubclass(type(thing), Descent | Point) for thing in gc.get_objects())

    before = kept()
    worker._train("toy-fast", "toy_experiments", 1, root=str(tmp_path))
    assert list(tmp_path.glob("*/run.json"))
    assert kept() == before
