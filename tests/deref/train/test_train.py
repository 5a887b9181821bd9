"""Training: ensembles are their members, an interruption leaves no trace, bad input is named."""

import dataclasses
import json
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from resumed import resumed

from deref.constructions.pointer import pointer
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask
from deref.train.batches import Batches, HeldOut
from deref.train.config import TrainConfig
from deref.train.history import History
from deref.train.optimiser import Optimiser, learning_rate
from deref.train.trainer import Trainer, mean_loss, train
from evidence.config import from_json, to_json
from evidence.provenance.source import closure

CPU = torch.device("cpu")


def tiny(**changes) -> TrainConfig:
    """Two layers on four cells: a step takes about three milliseconds."""
    task = PointerTask(M=4)
    model = ModelConfig(length=task.length, layers=2, heads=2, width=16, mlp=16, position_std=1.0)
    fields = {"steps": 60, "batch": 8, "lr": 3e-3, "warmup": 5, "eval_every": 10, "eval_memories": 4, **changes}
    return TrainConfig(task=task, model=model, **fields)


@pytest.fixture
def in_float64():
    """Training amplifies rounding; in float64 there is too little of it to hide an error behind."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def assert_ensemble_is_its_members(config: TrainConfig, tolerance: float) -> None:
    together = train(config, (3, 0, 11))
    for member, seed in enumerate(together.model.seeds):
        alone = train(config, (seed,))
        np.testing.assert_allclose(together.history.loss[member], alone.history.loss[0], rtol=0, atol=tolerance)
    # The seeds went different ways, so agreement with the right one means something.
    assert np.abs(np.diff(together.history.loss, axis=0)).max() > 1e-2


def test_an_ensemble_is_its_members_trained_alone():
    assert_ensemble_is_its_members(tiny(steps=60, eval_every=1, eval_memories=1), 1e-4)


@pytest.mark.parametrize("changes", [
    {"form": "flat", "weight_decay": 0.1, "schedule": "cosine"},
    {"fixed_examples": 64, "clip": 0.5},
])
def test_no_part_of_the_recipe_couples_the_seeds(changes, in_float64):
    assert_ensemble_is_its_members(tiny(steps=60, eval_every=1, eval_memories=1, **changes), 1e-9)


@pytest.mark.parametrize("changes", [{}, {"form": "flat", "fixed_examples": 9, "clip": 0.5, "schedule": "cosine"}])
def test_an_interrupted_training_ends_bit_identical(changes):
    resumed(tiny(weight_decay=0.01, **changes), (1, 2), steps=60, at=37)


def test_a_state_from_before_the_first_step_resumes_too():
    trainer = tiny().trainer((5,))
    state = trainer.state()
    trainer.step_many(3)
    other = tiny().trainer((5,))
    other.load_state(*state)
    other.step_many(3)
    assert torch.equal(other.model.token, trainer.model.token)


def test_training_is_adamw_on_cross_entropy():
    config, seeds = tiny(steps=20, weight_decay=0.1, schedule="cosine", eval_every=1), (4,)
    got = train(config, seeds).history.loss[0]

    model, batches = Transformer(config.model, seeds), Batches(config, seeds, CPU)
    adam = torch.optim.AdamW(model.parameters(), betas=config.betas, weight_decay=config.weight_decay, foreach=False)
    losses = []
    for step in range(1, 21):
        adam.param_groups[0]["lr"] = learning_rate(config, step)
        tokens, targets = batches.draw()
        logits = model(tokens, batches.layout)
        right = logits.log_softmax(-1).gather(-1, targets[..., None])
        adam.zero_grad()
        (-right.mean()).backward()
        adam.step()
        losses.append(-right.mean().item())
    np.testing.assert_allclose(got, losses, rtol=0, atol=1e-5)


def test_training_solves_a_small_task_and_stops_there():
    config = tiny(steps=3000, batch=16, lr=1e-2, eval_every=25, eval_memories=16, stop_at=0.99)
    seen = []
    trained = train(config, (0, 1), progress=seen.append)
    worst = trained.history.accuracy.min(axis=0)
    assert worst[-1] >= 0.99 and (worst[:-1] < 0.99).all()
    assert trained.history.step[-1] < config.steps
    assert [report.step for report in seen] == trained.history.step.tolist()
    assert seen[-1].accuracy == trained.history.accuracy[:, -1].mean()
    assert trained.history.steps_to(0.99).max() == trained.history.step[-1]


def test_the_last_step_is_evaluated_and_is_the_last():
    trainer = tiny(steps=13).trainer((0,))
    assert trainer.progress.loss is None and trainer.progress.accuracy is None
    trainer.step_many(100)
    assert trainer.history.step.tolist() == [10, 13]
    with pytest.raises(ValueError, match="done after 13"):
        trainer.advance()


def test_history_holds_the_mean_loss_since_the_entry_before():
    every = train(tiny(steps=13, eval_every=1), (0,)).history
    some = train(tiny(steps=13), (0,)).history
    np.testing.assert_allclose(some.loss[0], [every.loss[0, :10].mean(), every.loss[0, 10:].mean()], rtol=1e-12)


@pytest.mark.parametrize(("form", "batch"), [("trie", 8), ("flat", 3)])
def test_held_out_accuracy_is_exact_on_a_known_model(form, batch):
    model, task = pointer(8)
    config = TrainConfig(task=task, model=model.config, steps=1, batch=batch, form=form, eval_memories=7)
    held_out = HeldOut(config, CPU)
    assert held_out.accuracy(model).tolist() == [1.0]
    with torch.no_grad():
        model.unembedding.weight.neg_()
        model.unembedding.bias.neg_()
    assert held_out.accuracy(model).tolist() == [0.0]


def test_each_seed_keeps_its_own_fixed_examples():
    batches = Batches(tiny(fixed_examples=3, batch=50, form="flat"), (0, 1), CPU)
    first, second = batches.draw(), batches.draw()
    kept = [{tuple(row) for row in torch.cat([first[0][seed], second[0][seed]]).tolist()} for seed in (0, 1)]
    assert all(len(rows) <= 3 for rows in kept) and kept[0] != kept[1]
    assert torch.equal(first[1][0][:, 0], PointerTask(M=4).oracle(first[0][0]))


def test_fresh_batches_differ_between_seeds_and_steps():
    batches = Batches(tiny(batch=50), (0, 1), CPU)
    first, second = batches.draw()[0], batches.draw()[0]
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])


def test_clipping_bounds_each_seed_by_itself():
    config = tiny(clip=1.0, betas=(0.5, 0.9))
    model = Transformer(config.model, (0, 1))
    optimiser = Optimiser(config, dict(model.named_parameters()))
    # Seed 0 has a gradient of norm far above 1, seed 1 one far below it.
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
        parameter.grad[1] = 1e-3
    optimiser.step(1)
    # After one step from zero, Adam's first moment is half of the gradient it was given.
    moments = [2 * m for name, m in optimiser.moments().items() if name.startswith("first_moment.")]
    norm = torch.stack([m.flatten(1).norm(dim=1) for m in moments]).norm(dim=0)
    assert norm[0].item() == pytest.approx(1.0, abs=1e-5)
    assert torch.allclose(torch.cat([m[1].flatten() for m in moments]), torch.tensor(1e-3), atol=1e-9)


def test_a_zero_gradient_survives_clipping():
    config = tiny(clip=1.0)
    model = Transformer(config.model, (0,))
    optimiser = Optimiser(config, dict(model.named_parameters()))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step(1)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_learning_rate_rises_then_holds_or_falls():
    constant = tiny(steps=100, warmup=10, lr=0.5)
    assert [learning_rate(constant, step) for step in (1, 5, 10, 100)] == [0.05, 0.25, 0.5, 0.5]
    cosine = dataclasses.replace(constant, schedule="cosine")
    assert learning_rate(cosine, 5) == 0.25
    assert learning_rate(cosine, 10) == 0.5
    assert learning_rate(cosine, 55) == pytest.approx(0.25)
    assert learning_rate(cosine, 100) == pytest.approx(0, abs=1e-12)
    assert learning_rate(dataclasses.replace(constant, warmup=0), 1) == 0.5


def test_a_lost_seed_is_named_with_step_and_configuration():
    trainer = tiny().trainer((7, 8))
    trainer.step_many(3)
    with torch.no_grad():
        trainer.model.token[1] = math.nan
    with pytest.raises(FloatingPointError, match=r"loss .* got \{8: nan\} .* after 3 steps of TrainConfig\(.*M=4"):
        trainer.advance()


def test_a_seed_lost_in_the_last_step_is_named_too():
    config = tiny(steps=1, warmup=0, lr=1e38)
    with pytest.raises(FloatingPointError, match=r"accuracy .* got \{3: nan\} .* after 1 steps of TrainConfig"):
        train(config, (3,))


@pytest.mark.parametrize(("changes", "message"), [
    ({"steps": 0}, "steps to be a whole number of at least 1, got 0"),
    ({"steps": 1.5}, "steps to be a whole number of at least 1, got 1.5"),
    ({"batch": True}, "batch to be a whole number"),
    ({"eval_every": 0}, "eval_every"),
    ({"eval_memories": 0}, "eval_memories"),
    ({"warmup": -1}, "warmup to be a whole number of at least 0, got -1"),
    ({"fixed_examples": 0}, "fixed_examples"),
    ({"form": "tree"}, "form to be one of trie, flat, got 'tree'"),
    ({"schedule": "step"}, "schedule to be one of constant, cosine, got 'step'"),
    ({"lr": 0}, "lr to be a number above 0, got 0"),
    ({"lr": math.nan}, "lr to be a number above 0, got nan"),
    ({"betas": (0.9, 1.0)}, "betas to be two numbers of at least 0 and below 1"),
    ({"betas": (0.9,)}, "betas to be a pair"),
    ({"weight_decay": -0.1}, "weight_decay"),
    ({"clip": 0.0}, "clip to be None or a number above 0"),
    ({"stop_at": 1.5}, "stop_at to be None or an accuracy above 0 and at most 1, got 1.5"),
])
@pytest.mark.usefixtures("unchecked")
def test_impossible_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


@pytest.mark.parametrize("name", ["length", "vocab", "outputs"])
def test_a_model_that_does_not_fit_the_task_is_refused(name):
    config = tiny()
    with pytest.raises(ValueError, match=f"expected a model with the task's {name}"):
        dataclasses.replace(config, model=dataclasses.replace(config.model, **{name: 7}))


@pytest.mark.parametrize("seeds", [(), (1, 1), (-1,), (0.5,)])
@pytest.mark.usefixtures("unchecked")
def test_impossible_seeds_are_refused(seeds):
    with pytest.raises(ValueError, match="expected one or more distinct whole numbers"):
        tiny().trainer(seeds)


@pytest.mark.parametrize("device", ["tpu", "cuda:99", ""])
def test_a_missing_device_is_named(device):
    with pytest.raises(ValueError, match=f"expected a device of this machine, one of cpu.*got '{device}'"):
        tiny().trainer((0,), device)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_training_runs_on_a_gpu():
    here, there = train(tiny(), (0, 1)), train(tiny(), (0, 1), device="cuda")
    assert there.model.token.is_cuda
    np.testing.assert_allclose(here.history.loss, there.history.loss, atol=1e-3)


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, ("g++", "clang++"))), reason="needs a C++ compiler")
def test_compiling_changes_the_last_digits_at_most():
    # In a process of its own, because there annotations are not checked and a compiler can see through the model.
    program = """
import json, sys
import deref.tasks.pointer, deref.train.config
from evidence.config import from_json
from deref.train.trainer import Trainer
config, losses = from_json(json.loads(sys.argv[1])), []
for compiled in (False, True):
    trainer = Trainer(config, config.model.build((0, 1)), compiled=compiled)
    trainer.step_many(10)
    losses.append(trainer.history.loss.tolist())
print(json.dumps(losses))
"""
    # One layer without an MLP: every kernel takes the compiler a second.
    config = tiny()
    config = dataclasses.replace(config, model=dataclasses.replace(config.model, layers=1, mlp=0))
    done = subprocess.run([sys.executable, "-c", program, json.dumps(to_json(config))], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
    plain, compiled = json.loads(done.stdout)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-5)


def test_a_state_of_another_run_is_refused():
    tensors, data = tiny().trainer((0, 1)).state()
    with pytest.raises(ValueError, match=r"state of the seeds \(0, 2\), got that of \(0, 1\)"):
        tiny().trainer((0, 2)).load_state(tensors, data)
    wide = dataclasses.replace(tiny(), model=dataclasses.replace(tiny().model, width=32))
    with pytest.raises(ValueError, match=r"model.token: expected \(2, 2, 32\), got \(2, 2, 16\)"):
        wide.trainer((0, 1)).load_state(tensors, data)
    with pytest.raises(ValueError, match=r"generators: expected .* got nothing"):
        tiny().trainer((0, 1)).load_state({n: t for n, t in tensors.items() if n != "generators"}, data)
    with pytest.raises(ValueError, match="expected a state with a step and a history"):
        tiny().trainer((0, 1)).load_state(tensors, {"step": 1})


def test_a_configuration_survives_json_and_makes_its_trainer():
    config = tiny(stop_at=0.9, clip=1.0)
    assert from_json(to_json(config)) == config
    trainer = config.trainer((2, 3))
    assert isinstance(trainer, Trainer) and trainer.seeds == (2, 3) and trainer.config == config


def rights(*shares):
    """Which of four readouts each seed answers right, with these shares of them."""
    return np.array([[np.arange(4) < 4 * share] for share in shares], dtype=float)


def test_history_survives_json_and_refuses_ragged_curves():
    history = History.empty((4, 9)).extended(10, np.array([0.1, 1 / 3]), rights(0.5, 0.75))
    history = history.extended(20, np.array([0.1, 0.2]), rights(0.5, 1.0))
    again = History.from_json(history.to_json())
    assert again.to_json() == history.to_json() and again.loss.shape == (2, 2)
    assert again.steps_to(0.75).tolist() == [math.inf, 10.0]
    assert again.steps_to(1.0).tolist() == [math.inf, 20.0]
    assert History.empty((4, 9)).steps_to(0.5).tolist() == [math.inf, math.inf]
    with pytest.raises(ValueError, match=r"loss of shape \(2, 2\) \(seed, evaluation\), got \(2, 1\)"):
        History.from_json({**history.to_json(), "loss": [[1.0], [2.0]]})
    with pytest.raises(ValueError, match="expected a history with the keys"):
        History.from_json({"step": []})


def test_mean_loss_is_in_nats_a_readout():
    logits = torch.zeros(2, 3, 4, 2)
    assert mean_loss(logits, torch.zeros(2, 3, 4, dtype=torch.long)).tolist() == pytest.approx([math.log(2)] * 2)


def test_training_does_not_depend_on_what_is_done_with_runs(pytestconfig):
    modules = closure(["deref.train.trainer"], pytestconfig.rootpath / "code")
    kinds = {module.split(".")[1] for module in modules if "." in module}
    assert kinds <= {"config", "model", "tasks", "train"}, kinds


def test_the_configuration_imports_the_trainer_and_not_the_other_way_round(pytestconfig):
    root = pytestconfig.rootpath / "code"
    assert "deref.train.trainer" in closure(["deref.train.config"], root)
    assert "deref.train.config" not in closure(["deref.train.trainer"], root)
    assert "deref.model.config" not in closure(["deref.model.transformer", "deref.model.variants"], root)


def test_a_trainer_changes_the_parameters_that_it_is_given_and_no_others():
    config = tiny(steps=2)
    trainer = Trainer(config, config.model.build((0, 1)), changes={"token"})
    trainer.step_many(2)
    start = config.model.build((0, 1)).state_dict()
    assert {name for name, value in trainer.model.state_dict().items() if not torch.equal(value, start[name])} == {
        "token"}
