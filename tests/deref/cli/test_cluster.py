"""Runs sent to a real Dask cluster: one scheduler and two workers, each a process with its own environment."""

import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deref import experiment as experiments
from deref.cli.cluster import described
from evidence.runs import Store
from evidence.runs.address import identity
from evidence.runs.entry import Entry

pytestmark = [pytest.mark.xdist_group("cluster"), pytest.mark.slow]

SUPPORT = Path(__file__).parents[2] / "support"
DASK = [sys.executable, "-m", "dask"]
PATIENCE_S = 240
FILES = ("weights.safetensors", "history.json")


def until(condition):
    """Wait for a condition, as long as even a very busy machine may take, and give what made it true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def environment(store, **more):
    return {**os.environ, "PYTHONPATH": str(SUPPORT), "DEREF_STORE": str(store), "DEREF_DEVICE": "cpu",
            "OMP_NUM_THREADS": "1", "COLUMNS": "200", **more}


class Cluster:
    """A scheduler and its workers; the workers share a store, which is not the client's."""

    def __init__(self, folder):
        self.folder = folder
        self.store = folder / "workers"
        self.gate = folder / "gate"
        self.gate.mkdir()
        self.processes = []
        self.workers = []
        file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        until(lambda: file.exists() and file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def start(self, *arguments):
        process = subprocess.Popen([*DASK, *arguments, "--no-dashboard"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
                                   env=environment(self.store, TOY_GATE=str(self.gate),
                                                   DASK_TEMPORARY_DIRECTORY=str(self.folder)))
        self.processes.append(process)
        return process

    def two_workers(self):
        """Start workers until there are two, and give their process ids."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(self.start("worker", self.address, "--host", "127.0.0.1", "--no-nanny",
                                           "--nthreads", "1", "--memory-limit", "0"))
        return {worker.pid: worker for worker in self.workers}

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def client():
    """Start `deref train … --scheduler ADDRESS` as a process that does not outlive the test."""
    started = []

    def start(address, store, *arguments, **more):
        started.append(subprocess.Popen(
            [sys.executable, "-m", "deref", "train", *arguments, "--scheduler", address], stderr=subprocess.PIPE,
            env=environment(store, **more), text=True, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def line_of(process, beginning):
    """Read what a process says until a line begins like this."""
    while line := process.stderr.readline():
        if line.startswith(beginning):
            return line
    raise AssertionError(f"expected a line that begins with {beginning!r}")


def said(process):
    return process.communicate(timeout=PATIENCE_S)[1]


def entries(store):
    return {path.parent for path in store.glob("*/run.json")}


def work_left(store):
    return [path for folder in ("work", "checkpoints", "aside") for path in (store / folder).glob("*")]


def assert_as_trained_here(store, module, tmp_path):
    """Every run of a module is in a store, with the numbers of a run that this machine trains by itself."""
    importlib.import_module(module)
    ours = Store(tmp_path / "ours", device="cpu")
    for one in (experiments.get(name) for name in experiments.names()):
        if one.module == module:
            run = ours.run(one.config, one.seeds)
            for name in FILES:
                assert (store / run.address / name).read_bytes() == (run.path / name).read_bytes()


def test_runs_come_back_as_if_they_had_been_trained_here(cluster, client, tmp_path):
    cluster.two_workers()
    first, second = tmp_path / "first", tmp_path / "second"
    process = client(cluster.address, first, "--module", "toy_experiments")
    text = said(process)
    assert process.returncode == 0, text
    assert re.search(r"^cluster: 2 runs for \d workers?", text, re.MULTILINE)
    for name in ("toy-slow", "toy-fast"):
        assert re.search(rf"^{name}: training on tcp://127.0.0.1:\d+$", text, re.MULTILINE)
        assert re.search(rf"^{name}: trained in \d+ s on .*$", text, re.MULTILINE)
    assert "deref: trained 2 of 2 missing runs" in text
    assert_as_trained_here(first, "toy_experiments", tmp_path)
    assert work_left(first) == []

    # What a client has is not sent again; what a worker has is handed over and not trained again.
    fast, slow = sorted(entries(first), key=lambda path: json.loads((path / "run.json").read_text())["config"]["steps"])
    shutil.copytree(fast, second / fast.name)
    process = client(cluster.address, second, "--module", "toy_experiments")
    text = said(process)
    assert process.returncode == 0, text
    assert "cluster: 1 run for" in text
    assert "toy-fast" not in text
    assert (second / slow.name / "run.json").read_bytes() == (slow / "run.json").read_bytes()

    # With nothing to send, nobody asks whether there is a cluster.
    process = client("tcp://127.0.0.1:9", second, "--module", "toy_experiments")
    assert said(process) == "deref: every run is in the store (2 of 2)\n"
    assert process.returncode == 0


def test_a_worker_killed_in_the_middle_of_a_run_costs_nothing_that_was_finished(cluster, client, tmp_path):
    workers, store = cluster.two_workers(), tmp_path / "client"
    process = client(cluster.address, store, "--module", "toy_waits")
    until(lambda: list(cluster.gate.iterdir()) and len(entries(store)) == 2)
    (waiting,) = cluster.gate.iterdir()
    finished = {path: (path / "run.json").read_bytes() for path in entries(store)}
    workers[int(waiting.name)].send_signal(signal.SIGKILL)
    until(lambda: len(list(cluster.gate.iterdir())) == 2)
    assert {int(path.name) for path in cluster.gate.iterdir()} == set(workers)
    (cluster.gate / "open").touch()
    text = said(process)
    assert process.returncode == 0, text
    assert len(set(re.findall(r"^toy-waits: training on (\S+)$", text, re.MULTILINE))) == 2
    assert {path: (path / "run.json").read_bytes() for path in finished} == finished
    assert_as_trained_here(store, "toy_waits", tmp_path)
    assert work_left(store) == work_left(cluster.store) == []


def test_a_worker_with_other_code_refuses(cluster, client, tmp_path):
    cluster.two_workers()
    altered = shutil.copytree(SUPPORT, tmp_path / "altered")
    with (altered / "quadratic.py").open("a") as file:
        file.write("\n\nALTERED = True\n")
    process = client(cluster.address, tmp_path / "client", "--module", "toy_experiments", PYTHONPATH=str(altered))
    text = said(process)
    assert process.returncode == 1
    assert re.search(r"^deref: toy-slow failed: expected code [0-9a-f]{64}, got [0-9a-f]{64}: give the worker the same "
                     r"version of the project \(on tcp://127.0.0.1:\d+\)$", text, re.MULTILINE)
    assert "deref: trained 0 of 2 missing runs" in text
    assert "Traceback" not in text
    assert entries(tmp_path / "client") == set()


def test_ctrl_c_takes_the_runs_back(cluster, client, tmp_path):
    workers, store = cluster.two_workers(), tmp_path / "client"

    def training():
        return [child for pid in workers for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    process = client(cluster.address, store, "--module", "toy_endless")
    line_of(process, "toy-endless: training on")
    until(training)
    os.killpg(process.pid, signal.SIGINT)
    text = said(process)
    assert process.returncode == 130
    assert text.splitlines()[-1] == "deref: interrupted"
    assert "Traceback" not in text
    until(lambda: not training())
    assert entries(store) == set()
    assert work_left(store) == []


def test_a_scheduler_that_dies_ends_the_command(client, tmp_path):
    lone = Cluster(tmp_path)
    try:
        process = client(lone.address, tmp_path / "client", "--module", "toy_experiments",
                         DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="5s")
        assert line_of(process, "cluster: ") == "cluster: 2 runs for 0 workers, waiting for the first\n"
        lone.scheduler.kill()
        text = said(process)
    finally:
        lone.end()
    assert process.returncode == 1
    assert re.search(r"^deref: toy-slow failed: .*the connection to the scheduler was lost or", text, re.MULTILINE)
    assert "deref: trained 0 of 2 missing runs" in text
    assert entries(tmp_path / "client") == set()


@pytest.mark.parametrize(("history", "ending"), [
    ({"accuracy": [[0.5, 1.0], [0.5, 0.5]], "loss": [[0.7, 0.0], [0.7, 0.7]]}, ", accuracy 75.0%"),
    ({"accuracy": [[], []]}, ""),
    ({"accuracy": [0.5, 1.0]}, ""),
    ({"accuracy": [[0.5, None]]}, ""),
    ({"loss": [[0.7]]}, ""),
    ([0.7, 0.6], ""),
])
def test_a_run_that_came_back_is_told_of_with_its_accuracy(history, ending):
    entry = Entry(about={"wall_s": 62.0, "hardware": "an abacus"}, history=history, weights=b"")
    assert described(entry) == f"trained in 1 min 02 s on an abacus{ending}"


def test_no_scheduler_is_one_clear_line(client, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens, and nobody else can
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        process = client(address, tmp_path / "client", "--module", "toy_experiments",
                         DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s")
        text = said(process)
    assert process.returncode == 1
    assert text == (f"deref: no Dask scheduler answers at {address} (waited 1s): start one with `dask scheduler`, or "
                    f"correct the address\n")


@pytest.mark.parametrize(("address", "more", "message"), [
    ("10.0.0.1:8786", (), "expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, got '10.0.0.1:8786'"),
    ("tcp://10.0.0.1", (), "expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, got 'tcp://10.0.0.1'"),
    ("tcp://10.0.0.1:8786", ("--jobs", "2"), "expected --jobs or --scheduler, and not both"),
])
def test_wrong_arguments_are_answered_with_what_was_expected(client, tmp_path, address, more, message):
    process = client(address, tmp_path / "client", "--module", "toy_experiments", *more)
    assert said(process).startswith(f"deref: {message}")
    assert process.returncode == 2


def test_without_dask_the_command_to_install_it_is_named(forks, tmp_path):
    without = "import sys; sys.modules['distributed'] = None; from deref.cli import main; sys.exit(main())"
    done = forks.run(["-c", without, "train", "--module", "toy_experiments", "--scheduler", "tcp://127.0.0.1:9"],
                     env=environment(tmp_path))
    assert done.returncode == 2
    assert done.stderr == (f"deref: expected dask.distributed for --scheduler, found no distributed; in the project's "
                           f"folder: {sys.executable} -m pip install -c requirements.txt -e '.[scale]'\n")


@pytest.mark.parametrize(("name", "changes", "message"), [
    ("toy-fast", {"device": "cuda"},
     "expected device cuda, got cpu: name the class of device that all workers have, with --device"),
    ("toy-fast", {"torch": "2.0.0", "device": "cuda"}, "expected torch 2.0.0, got "),
    ("toy-fast", {"seeds": [7]}, "expected seeds [7], got [0, 1]: give the worker the same version of the project"),
    ("toy-gone", {}, "expected the experiment toy-gone in toy_experiments, but here: "),
])
def test_a_worker_that_would_train_another_run_refuses(tmp_path, name, changes, message):
    importlib.import_module("toy_experiments")
    fast = experiments.get("toy-fast")
    expected = {**identity(fast.config, fast.seeds, device="cpu", threads=1), **changes}
    order = {"name": name, "module": "toy_experiments", "threads": 1, "expect": expected}
    with subprocess.Popen([sys.executable, "-m", "deref.cli.worker"], env=environment(tmp_path), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        assert process.wait(timeout=PATIENCE_S) == 1
        assert process.stderr.read().startswith(message)
    assert not entries(tmp_path)
