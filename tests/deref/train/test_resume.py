"""A training killed in the middle goes on from its last checkpoint and ends as if nothing had happened."""

import copy
import dataclasses
import functools
import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from quadratic import Quadratic

from deref.model.config import ModelConfig
from deref.tasks.context_recall import NotesTask
from deref.tasks.finetuning import Lessons
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.finetuning import Lesson, LessonsConfig
from evidence.config import to_json
from evidence.runs import Store, StoreWarning, checkpoint
from evidence.runs.settings import fixed

SUPPORT = Path(__file__).parents[2] / "support"
CONFIG = Quadratic(size=5, steps=6000, lr=0.01)
SEEDS = (4, 2)

SCRIPT = textwrap.dedent("""
    import json, sys
    from evidence.config import from_json
    from evidence.runs import Store
    import quadratic
    {imports}

    def progress(report):
        print(report.step, flush=True)
        sys.stdin.readline()  # wait for leave to go on

    root, config, seeds = sys.argv[1], from_json(json.loads(sys.argv[2])), json.loads(sys.argv[3])
    Store(root, device="cpu", checkpoint_every_s=0.05).run(config, seeds, progress=progress)
    """)


def worker(root, config, seeds, imports=""):
    return subprocess.Popen([sys.executable, "-c", SCRIPT.format(imports=imports), str(root),
                             json.dumps(to_json(config)), json.dumps(seeds)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SUPPORT)


def killed(root, config, seeds, at_step, imports=""):
    """Start a training in a process, kill it without warning past some step and a checkpoint, and give its last step.

    It has leave for a few reports more than were read: it is killed wherever it is at the moment, in a step, or while
    it writes a checkpoint, but it cannot run to its end while this process is kept waiting for the processor.
    """
    store = Store(root, device="cpu")
    checkpoint = store.checkpoint_path(store.address(config, seeds))
    process = worker(root, config, seeds, imports)
    process.stdin.write("\n\n\n")
    process.stdin.flush()
    for line in process.stdout:
        if int(line) >= at_step and checkpoint.exists():
            process.send_signal(signal.SIGKILL)
            break
        process.stdin.write("\n")
        process.stdin.flush()
    steps = [int(line), *map(int, process.stdout.read().split())]
    for pipe in (process.stdin, process.stdout):
        pipe.close()
    assert process.wait(timeout=60) == -signal.SIGKILL
    return steps[-1]


def assert_same(one, other):
    for name in ("weights.safetensors", "history.json"):
        assert (one.path / name).read_bytes() == (other.path / name).read_bytes()


def test_a_killed_training_resumes_and_ends_bit_identical(tmp_path):
    store = Store(tmp_path / "killed", device="cpu")
    address = store.address(CONFIG, SEEDS)
    steps = []
    for at_step in (500, 2000):  # killed twice: the second time it had resumed itself
        reached = killed(store.root, CONFIG, SEEDS, at_step)
        assert at_step <= reached < CONFIG.steps
        assert not (store.root / address).exists()
        assert store.checkpoint_path(address).exists()
    run = store.run(CONFIG, SEEDS, progress=lambda report: steps.append(report.step))
    assert 500 < steps[0] <= reached + 1
    assert steps[-1] == CONFIG.steps
    assert not store.checkpoint_path(address).exists()
    assert_same(run, Store(tmp_path / "whole", device="cpu").run(CONFIG, SEEDS))


def test_a_killed_training_of_a_model_ends_bit_identical(tmp_path):
    task = PointerTask(M=4)
    model = ModelConfig(length=task.length, layers=2, heads=2, width=8)
    config = TrainConfig(task=task, model=model, steps=400, batch=4, warmup=20, clip=1.0, schedule="cosine",
                         fixed_examples=50, eval_every=30, eval_memories=8)
    store = Store(tmp_path / "killed", device="cpu")
    reached = killed(store.root, config, SEEDS, 60, imports="import deref.tasks.pointer, deref.train.config")
    assert 60 <= reached < config.steps
    run = store.run(config, SEEDS)
    whole = Store(tmp_path / "whole", device="cpu").run(config, SEEDS)
    assert_same(run, whole)
    assert run.history.seeds == SEEDS
    assert run.history.step[-1] == config.steps
    alone = config.trainer(SEEDS)
    with fixed(threads=1):
        alone.step_many(config.steps)
    for name, weights in alone.model.state_dict().items():
        assert torch.equal(run.model.state_dict()[name], weights)


def test_a_killed_training_leaves_its_lock_to_the_next(tmp_path):
    killed(tmp_path, CONFIG, SEEDS, 50)
    process = worker(tmp_path, CONFIG, SEEDS)
    said = process.communicate(timeout=120)[0].split()
    assert process.returncode == 0
    assert int(said[-1]) == CONFIG.steps


def test_what_a_process_left_half_written_is_no_run(tmp_path):
    store = Store(tmp_path, device="cpu")
    address = store.address(Quadratic(), (0,))
    half = store.root / "work" / address
    half.mkdir(parents=True)
    (half / "run.json").write_text("{")
    (store.root / "work" / store.checkpoint_path(address).name).write_text("half a checkpoint")
    assert not store.has(Quadratic(), (0,))
    store.run(Quadratic(), (0,))
    assert store.has(Quadratic(), (0,))
    assert list((store.root / "work").iterdir()) == []


def test_the_time_before_an_interruption_counts(tmp_path):
    store = Store(tmp_path, device="cpu", checkpoint_every_s=0)
    address = store.address(CONFIG, SEEDS)
    path = store.checkpoint_path(address)

    def stop(report):
        if path.exists():
            raise InterruptedError

    with pytest.raises(InterruptedError):
        store.run(CONFIG, SEEDS, progress=stop)
    kept = checkpoint.read(path, address)
    assert kept.wall_s > 0
    checkpoint.write(path, dataclasses.replace(kept, wall_s=kept.wall_s + 1000), tmp_path)
    assert Store(tmp_path, device="cpu").run(CONFIG, SEEDS).wall_s > 1000


def test_a_checkpoint_holds_every_kind_of_tensor_exactly(tmp_path):
    shared = torch.arange(6.0).reshape(2, 3)
    tensors = {"scalar": torch.tensor(1 / 3, dtype=torch.float64), "transposed": shared.T, "same": shared,
               "bytes": torch.Generator().manual_seed(1).get_state(), "flags": torch.tensor([True, False]),
               "none": torch.zeros(0, 4), "count": torch.tensor([2**60]), "half": torch.ones(2, dtype=torch.bfloat16),
               "leaf": torch.nn.Parameter(torch.tensor([float("nan"), -0.0]))}
    state = {"step": 3, "loss": [0.1, 1e-300]}
    path = tmp_path / "one.safetensors"
    written = checkpoint.Checkpoint(address="a", tensors=tensors, state=state, wall_s=1.5)
    checkpoint.write(path, written, tmp_path / "work")
    back = checkpoint.read(path, "a")
    assert (back.state, back.wall_s) == (state, 1.5)
    assert back.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert back.tensors[name].dtype == tensor.dtype
        assert torch.equal(back.tensors[name].isnan(), tensor.isnan())
        assert torch.equal(back.tensors[name].nan_to_num(), tensor.detach().nan_to_num())


SMALL = PointerTask(M=2)
ONE = TrainConfig(task=SMALL, model=ModelConfig(length=SMALL.length, layers=1, heads=1, width=4), steps=6, batch=2,
                  eval_every=2)
NOTES = NotesTask(context=4, notes=2, keys=3, values=2, facts=4, noise=2)
FIRST = TrainConfig(task=Lessons(whole=NOTES, facts=(0, 2)), form="placed", steps=3, batch=2, eval_every=2,
                    model=ModelConfig(vocab=NOTES.vocab, outputs=NOTES.outputs, length=NOTES.length, layers=1, heads=1,
                                      width=4, mlp=4))
TWO = LessonsConfig(first=FIRST, then=(Lesson(name="again", part="mlp", train=FIRST),))


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A function from a configuration to its checkpoint at step 4 and to its run without a stop, each made once."""
    def stop(report):
        if report.step == 4:
            raise Stop

    @functools.cache
    def made(config):
        store = Store(tmp_path_factory.mktemp("stopped"), device="cpu", checkpoint_every_s=0)
        with pytest.raises(Stop):
            store.run(config, SEEDS, progress=stop)
        address = store.address(config, SEEDS)
        found = checkpoint.read(store.checkpoint_path(address), address)
        return found, Store(tmp_path_factory.mktemp("whole"), device="cpu").run(config, SEEDS)

    return made


@pytest.mark.parametrize("step", [7, 10**6, 2**70, 1, -1, 4.0, "4", None, True])
@pytest.mark.parametrize("config", [ONE, TWO], ids=["one stage", "two stages"])
def test_a_checkpoint_at_a_step_that_no_training_stops_at_is_set_aside(tmp_path, stopped, config, step):
    """Beyond its last step a training would never be done."""
    found, whole = stopped(config)
    found = copy.deepcopy(found)
    (found.state if config is ONE else found.state["first"])["step"] = step
    store = Store(tmp_path / "runs", device="cpu")
    path = store.checkpoint_path(found.address)
    path.parent.mkdir(parents=True)
    checkpoint.write(path, found, tmp_path)
    with pytest.warns(StoreWarning, match="the trainer does not accept it: expected a step from"):
        assert_same(store.run(config, SEEDS), whole)
