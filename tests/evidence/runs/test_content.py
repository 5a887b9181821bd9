"""Entries with right checksums and wrong content are damage, as corrupted ones are: set aside, and trained again."""

import json

import pytest
import torch
from quadratic import Quadratic
from safetensors.torch import load, save

from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.runs import Store, StoreWarning
from evidence.runs.entry import Damaged, Entry, files_of, read

TASK = PointerTask(M=2)
CONFIG = TrainConfig(task=TASK, model=ModelConfig(length=TASK.length, layers=1, heads=1, width=4), steps=2, batch=2,
                     eval_every=1)
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("trained"), device="cpu")
    return read(store.run(CONFIG, SEEDS).path)


def refused(tmp_path, entry, reason, config=CONFIG, seeds=SEEDS):
    """Put an entry where a store looks for a run, and see it refused."""
    store = Store(tmp_path, device="cpu")
    path = store.root / store.address(config, seeds)
    path.mkdir()
    for name, data in files_of(entry).items():
        (path / name).write_bytes(data)
    with pytest.warns(StoreWarning, match=reason):
        run = store.run(config, seeds)
    assert [one.name for one in (tmp_path / "aside").iterdir()] == [f"{run.address}.1"]
    assert store.has(config, seeds)
    return run


def weights(entry, change):
    """An entry whose first tensor was changed."""
    tensors = load(entry.weights)
    name = sorted(tensors)[0]
    return Entry(about=entry.about, history=entry.history, weights=save({**tensors, name: change(tensors[name])}))


@pytest.mark.parametrize(("change", "reason"), [
    (lambda x: x.index_fill(0, torch.tensor(1), torch.nan), "that are not finite"),
    (lambda x: x.index_fill(0, torch.tensor(0), -torch.inf), "that are not finite"),
    (torch.Tensor.half, "as F16, and training is in F32"),
    (torch.Tensor.bfloat16, "as BF16, and training is in F32"),
    (torch.Tensor.double, "expected .* as torch.float32, got torch.float64"),
    (lambda x: x.to(torch.int8), "expected .* as torch.float32, got torch.int8"),
    (lambda x: x > 0, "expected .* as torch.float32, got torch.bool"),
    (lambda x: x.to(torch.complex64), "as C64, and training is in F32"),
])
def test_weights_that_no_training_leaves_behind(tmp_path, trained, change, reason):
    refused(tmp_path, weights(trained, change), reason)


@pytest.mark.parametrize(("changes", "reason"), [
    ({"seeds": [5, 6]}, "is of other seeds"),
    ({"seeds": [1, 0]}, "is of other seeds"),
    ({"accuracy": [[0.5, float("nan")], [0, 0]]}, "history.json is not JSON"),
    ({"accuracy": [[0.5, 7], [0, 0]]}, "shares in accuracy that are not between 0 and 1"),
    ({"accuracy": [[0.5, True], [0, 0]]}, "which is no finite number"),
    ({"accuracy": [["0.5", "0.5"], [0, 0]]}, "which is no finite number"),
    ({"accuracy": [[None, 0.5], [0, 0]]}, "which is no finite number"),
    ({"by_hops": [[[7.0, 0.0]]]}, "shares in by_hops that are not between 0 and 1"),
    ({"loss": [[2**70, 0.5], [0, 0]]}, "which is no finite number"),
    ({"step": [2, 1]}, "steps that do not increase"),
    ({"step": [1.0, 2.0]}, "steps that do not increase"),
    ({"step": 2}, "steps that do not increase"),
    ({"loss": [[0.5], [0.5]]}, "do not fit the configuration"),
])
def test_curves_that_no_training_leaves_behind(tmp_path, trained, changes, reason):
    refused(tmp_path, Entry(about=trained.about, history={**trained.history, **changes}, weights=trained.weights),
            reason)


def test_infinity_that_is_written_as_a_number(tmp_path, trained):
    store = Store(tmp_path, device="cpu")
    path = store.run(CONFIG, SEEDS).path
    files = files_of(trained)
    text = files["history.json"].decode().replace(json.dumps(trained.history["loss"][0][0]), "1e999", 1)
    with pytest.raises(Damaged, match="which is no finite number"):
        (path / "history.json").write_text(text)
        sums = json.loads((path / "checksums.json").read_text())
        import hashlib

        sums["history.json"] = hashlib.sha256(text.encode()).hexdigest()
        (path / "checksums.json").write_text(json.dumps(sums))
        read(path)


@pytest.mark.parametrize(("changes", "named"), [
    ({"wall_s": "a while"}, "wall_s"), ({"wall_s": -1}, "wall_s"), ({"wall_s": True}, "wall_s"),
    ({"wall_s": 2**70}, "wall_s"), ({"created": 7}, "created"), ({"created": "yesterday"}, "created"),
    ({"created": "2026-01-01"}, "created"), ({"hardware": None}, "hardware"), ({"hardware": " "}, "hardware"),
    ({"versions": []}, "versions"), ({"versions": {"torch": 2.13}}, "versions"), ({"versions": {}}, "versions"),
    ({"wall_s": "x", "hardware": 3}, "wall_s, hardware"),
])
def test_facts_that_no_store_writes(tmp_path, trained, changes, named):
    refused(tmp_path, Entry(about={**trained.about, **changes}, history=trained.history, weights=trained.weights),
            f"run.json has no such {named} as a store writes")


def test_curves_of_other_seeds_inside_a_run_of_several_parts(trained):
    from evidence.runs.content import check_history

    check_history({"first": trained.history, "then": trained.history}, SEEDS)
    with pytest.raises(ValueError, match=r"history\.json: then is of other seeds"):
        check_history({"first": trained.history, "then": {**trained.history, "seeds": [0, 2]}}, SEEDS)


def test_weights_of_another_kind_of_run(tmp_path, trained):
    """The whole entry is right, for a run of the same facts: only the configuration can tell."""
    store = Store(tmp_path / "other", device="cpu")
    other = read(store.run(Quadratic(steps=2), SEEDS).path)
    refused(tmp_path, Entry(about=trained.about, history=other.history, weights=other.weights),
            "do not fit the configuration")
