"""The run store: addresses, loading, training once, what an entry looks like to another program."""

import dataclasses
import hashlib
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from quadratic import Quadratic
from safetensors.torch import load_file

from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.location import default_root
from evidence.runs import Store, address, inventory
from evidence.runs.store import default_store

CONFIG = Quadratic()
SEEDS = (3, 1)
SUPPORT = Path(__file__).parents[2] / "support"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs", device="cpu")


def refuse(report):
    raise AssertionError("it trained")


def test_a_run_is_trained_and_then_loaded(store):
    reports = []
    run = store.run(CONFIG, SEEDS, progress=reports.append)
    assert reports[-1].step == CONFIG.steps
    again = Store(store.root, device="cpu").run(CONFIG, SEEDS, progress=refuse)
    assert torch.equal(again.model.x, run.model.x)
    assert again.history == run.history
    assert (again.config, again.seeds, again.address) == (CONFIG, SEEDS, store.address(CONFIG, SEEDS))


def test_the_weights_are_those_of_the_trainer(store):
    trainer = CONFIG.trainer(SEEDS)
    trainer.step_many(CONFIG.steps)
    assert trainer.done
    run = store.run(CONFIG, SEEDS)
    assert torch.equal(run.model.x, trainer.model.x)
    assert run.history == trainer.history


def test_training_does_not_mind_that_gradients_are_off(store):
    task = PointerTask(M=2)
    config = TrainConfig(task=task, model=ModelConfig(length=task.length, layers=1, heads=1, width=4), steps=3, batch=2)
    with torch.no_grad():
        run = store.run(config, (0,))
        assert not torch.is_grad_enabled()
    trainer = config.trainer((0,))
    trainer.step_many(3)
    assert torch.equal(run.model.token, trainer.model.token)


def test_a_model_is_given_out_for_evaluation(store):
    run = store.run(CONFIG, SEEDS)
    assert not run.model.training
    assert not any(parameter.requires_grad for parameter in run.model.parameters())


def test_asking_twice_gives_the_same_object(store):
    assert store.run(CONFIG, SEEDS) is store.run(CONFIG, list(SEEDS))


def test_memory_holds_the_runs_used_last(store, monkeypatch):
    monkeypatch.setattr("evidence.runs.store.CACHED", 2)
    first = store.run(CONFIG, (0,))
    store.run(CONFIG, (1,))
    assert store.run(CONFIG, (0,)) is first
    second = store.run(CONFIG, (1,))
    store.run(CONFIG, (2,))
    assert store.run(CONFIG, (1,)) is second
    assert store.run(CONFIG, (0,)) is not first


def test_an_entry_can_be_read_by_another_program(store):
    path = store.run(CONFIG, SEEDS).path
    assert sorted(file.name for file in path.iterdir()) == [
        "checksums.json", "history.json", "run.json", "weights.safetensors"]
    sums = json.loads((path / "checksums.json").read_text())
    assert sums == {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                    for file in path.iterdir() if file.name != "checksums.json"}
    about = json.loads((path / "run.json").read_text())
    parts = {key: about[key] for key in ("format", "config", "seeds", "code", "torch", "device", "threads")}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    assert path.name == hashlib.sha256(text.encode()).hexdigest()
    assert about["config"] == {"type": "Quadratic", "size": 3, "steps": 20, "lr": 0.1}
    assert about["seeds"] == [3, 1]
    assert about["torch"] == torch.__version__
    assert set(about) - set(parts) == {"created", "wall_s", "hardware", "versions"}
    assert load_file(path / "weights.safetensors")["x"].shape == (2, 3)


def test_a_finished_run_leaves_nothing_but_its_entry_its_lock_and_the_store_s_marker(store):
    fast = Store(store.root, device="cpu", checkpoint_every_s=0)
    run = fast.run(CONFIG, SEEDS)
    files = sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())
    assert files == sorted(["deref-store.json", f"locks/{run.address}.lock", *(f"{run.address}/{file.name}"
                                                           for file in run.path.iterdir())])


@pytest.mark.parametrize(("config", "seeds"), [
    (dataclasses.replace(CONFIG, lr=0.2), SEEDS),
    (CONFIG, (1, 3)),
    (CONFIG, (3, 1, 2)),
])
def test_another_config_or_other_seeds_are_another_run(store, config, seeds):
    assert store.address(config, seeds) != store.address(CONFIG, SEEDS)


def test_another_device_torch_or_number_of_threads_is_another_run(store, monkeypatch):
    here = store.address(CONFIG, SEEDS)
    assert Store(store.root, device="cpu", threads=2).address(CONFIG, SEEDS) != here
    assert Store(store.root, device="cuda").address(CONFIG, SEEDS) != here
    assert Store(store.root / "elsewhere", device="cpu").address(CONFIG, SEEDS) == here
    monkeypatch.setattr(address.importlib.metadata, "version", lambda name: "9.9")
    assert store.address(CONFIG, SEEDS) != here


def test_an_address_follows_the_code_and_not_its_comments(store, tmp_path, monkeypatch):
    source = textwrap.dedent('''
        from evidence.config import config
        @config
        class Own:
            """A configuration."""
            steps: int = 1
            def trainer(self, seeds, device="cpu"):
                return seeds
        ''')
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_config.py").write_text(source)
    import own_config

    before = store.address(own_config.Own(), (0,))
    (tmp_path / "own_config.py").write_text(source.replace("A configuration", "My own").replace("1\n", "1  # once\n"))
    assert store.address(own_config.Own(), (0,)) == before
    (tmp_path / "own_config.py").write_text(source.replace("return seeds", "return list(seeds)"))
    assert store.address(own_config.Own(), (0,)) != before
    (tmp_path / "own_config.py").write_text(source + "\nimport evidence.provenance.source\n")
    assert store.address(own_config.Own(), (0,)) != before


def test_an_address_follows_a_reader_s_trainer_into_other_modules(store, tmp_path, monkeypatch):
    files = {
        "mine/__init__.py": "", "mine/config.py": """
            from evidence.config import config
            @config
            class Mine:
                steps: int = 1
                def trainer(self, seeds, device="cpu"):
                    from mine import training
                    return training.Trainer(seeds)
            """,
        "mine/training.py": "from .rules import step\nimport mine_tools.tables\nclass Trainer: ...\n",
        "mine/rules.py": "step = 1\n", "mine_tools/tables.py": "table = 1\n", "unused.py": "unused = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    from mine.config import Mine

    before = store.address(Mine(), (0,))
    for name, follows in (("mine/training.py", True), ("mine/rules.py", True), ("mine_tools/tables.py", True),
                          ("mine/__init__.py", True), ("unused.py", False)):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(f"{text}\nmore = 1\n")
        assert (store.address(Mine(), (0,)) != before) == follows, name
        (tmp_path / name).write_text(f"{text}# a comment\n")
        assert store.address(Mine(), (0,)) == before, name
    (tmp_path / "some-1.dist-info").mkdir()  # a folder of installed packages: each is known by its version
    assert store.address(Mine(), (0,)) != before


@pytest.mark.parametrize("seeds", [(), (1, 1), (-1,), (1.0,), (True,), ("1",), 3, None])
def test_seeds_that_are_no_ensemble_are_refused(store, seeds):
    with pytest.raises(ValueError, match=r"expected one or more different whole numbers .* as seeds, got"):
        store.run(CONFIG, seeds)


def test_what_is_no_configuration_of_a_run_is_refused(store):
    with pytest.raises(ValueError, match=r"expected a configuration with a method trainer.*got dict"):
        store.run({"steps": 3}, SEEDS)
    assert not store.root.exists()


def test_unknown_devices_and_impossible_threads_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="expected the device to be one of auto, cpu, cuda, got 'tpu'"):
        Store(tmp_path, device="tpu")
    monkeypatch.setenv("DEREF_DEVICE", "abacus")
    with pytest.raises(ValueError, match="got 'abacus'"):
        Store(tmp_path)
    with pytest.raises(ValueError, match="expected a whole number of at least 1 as threads, got 0"):
        Store(tmp_path, device="cpu", threads=0)


def test_training_uses_the_store_s_threads_and_gives_the_others_back(store):
    seen = []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run = store.run(CONFIG, SEEDS, progress=lambda report: seen.append(torch.get_num_threads()))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1}
    assert run.threads == 1


def test_a_recording_lists_the_runs_asked_for_while_it_lasts(store):
    store.run(CONFIG, (0,))
    with store.recording() as outer:
        first = store.run(CONFIG, (1,))
        with store.recording() as inner:
            second = store.run(CONFIG, (0,))
            store.run(CONFIG, (0,))
        store.run(CONFIG, (1,))
    store.run(CONFIG, (2,))
    assert inner == [second]
    assert outer == [first, second]


def test_two_recordings_that_hold_the_same_end_separately(store):
    with store.recording() as outer:
        with store.recording() as inner:
            pass
        run = store.run(CONFIG, (0,))
    assert (outer, inner) == ([run], [])


def test_has_says_whether_a_run_is_intact_in_the_store(store):
    assert not store.has(CONFIG, SEEDS)
    path = store.run(CONFIG, SEEDS).path
    assert store.has(CONFIG, SEEDS)
    (path / "history.json").write_text("[]")
    assert not store.has(CONFIG, SEEDS)


def test_the_environment_names_the_default_store(tmp_path, monkeypatch):
    monkeypatch.setenv("DEREF_STORE", str(tmp_path / "elsewhere"))
    assert default_root() == Store().root == default_store().root == tmp_path / "elsewhere"
    assert default_store() is default_store()
    monkeypatch.delenv("DEREF_STORE")
    assert default_root() == Path(__file__).parents[3] / ".runs"


def test_two_processes_train_a_run_once(store):
    script = textwrap.dedent("""
        import sys, time
        from evidence.runs import Store
        from quadratic import Quadratic
        sys.stdin.readline()
        reports = []
        run = Store(sys.argv[1], device="cpu").run(Quadratic(steps=300), (0,), progress=reports.append)
        print(reports[-1].step if reports else 0, run.history[-1])
        """)
    workers = [subprocess.Popen([sys.executable, "-c", script, str(store.root)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True, cwd=SUPPORT) for _ in range(2)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert sorted(int(trained) for trained, _ in said) == [0, 300]
    assert len({last for _, last in said}) == 1


def test_the_inventory_tells_runs_checkpoints_and_leftovers_apart(store):
    kept, other = store.run(CONFIG, (0,)), store.run(CONFIG, (1,))
    stray = store.checkpoint_path("c" * 64)
    for path in (stray, store.root / "aside" / f"{'a' * 64}.1", store.root / "work" / ("b" * 64)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"12345")
    found = inventory.items(store.root)
    assert [(item.kind, item.address) for item in found] == [
        *sorted([("run", kept.address), ("run", other.address)]), ("checkpoint", "c" * 64), ("aside", "a" * 64),
        ("work", "b" * 64)]
    assert [item.size for item in found[2:]] == [5, 5, 5]
    assert found[0].size == sum(file.stat().st_size for file in found[0].path.iterdir())
    assert {tuple(item.about["seeds"]) for item in found[:2]} == {(0,), (1,)}
    gone = inventory.prune(store.root, {kept.address})
    assert [item.address for item in gone] == [other.address, "c" * 64, "a" * 64, "b" * 64]
    assert [item.address for item in inventory.items(store.root)] == [kept.address]
    assert Store(store.root, device="cpu").run(CONFIG, (0,), progress=refuse).address == kept.address
    inventory.prune(store.root, ())
    assert inventory.items(store.root) == []


def test_pruning_leaves_alone_what_another_process_works_on(store):
    run = store.run(CONFIG, (0,))
    with store._locked(run.address):
        assert inventory.prune(store.root, ()) == []
    assert [item.address for item in inventory.prune(store.root, ())] == [run.address]


def test_a_store_that_does_not_exist_is_empty(tmp_path):
    assert inventory.items(tmp_path / "nothing") == []
    assert inventory.prune(tmp_path / "nothing", ()) == []
    assert not (tmp_path / "nothing").exists()
