"""Snapshots: the training is the recipe's own, and what is kept is the model as it was at each step."""

from dataclasses import replace

import pytest
import torch
from resumed import resumed

from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.snapshots import SnapshotsConfig, kept
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=4)
RECIPE = TrainConfig(task=TASK, model=ModelConfig(length=TASK.length, layers=1, heads=1, width=8), steps=6, batch=2,
                     warmup=2, eval_every=2, eval_memories=4)
CONFIG = SnapshotsConfig(train=RECIPE, at=(0, 3, 6))


def test_what_is_kept_is_the_recipes_own_model_at_each_step():
    trainer, alone = CONFIG.trainer((0, 5)), RECIPE.trainer((0, 5))
    trainer.step_many(6)
    assert trainer.done and trainer.history.step.tolist() == [2, 4, 6]
    for step, model in kept(trainer.model).items():
        alone.step_many(step - alone.step)
        assert alone.step == step
        for name, value in alone.model.state_dict().items():
            assert torch.equal(model.state_dict()[name], value), (step, name)
    assert alone.history.to_json() == trainer.history.to_json()


def test_an_interrupted_training_goes_on_bit_for_bit():
    resumed(CONFIG, (0, 1), steps=6, at=4)


def test_a_state_without_the_copies_is_refused():
    tensors, data = RECIPE.trainer((0,)).state()
    with pytest.raises(ValueError, match=r"expected a state with copies of the steps \(0, 3, 6\), got 0 tensors"):
        CONFIG.trainer((0,)).load_state(tensors, data)


def test_runs_are_stored_and_restored_with_all_their_models(tmp_path):
    assert from_json(to_json(CONFIG)) == CONFIG
    made, found = (Store(tmp_path).run(CONFIG, (0, 1), progress=lambda _: None) for _ in range(2))
    tokens = TASK.trie_tokens(TASK.sample_memory(2, torch.Generator().manual_seed(0)))
    assert list(kept(found.model)) == [0, 3, 6]
    for step, model in kept(found.model).items():
        assert torch.equal(model(tokens, TASK.layout("trie")), kept(made.model)[step](tokens, TASK.layout("trie")))


@pytest.mark.parametrize(("at", "message"), [
    ((), "expected one or more whole numbers"), ((0, 1.5), "expected one or more whole numbers"),
    ((3, 3), "expected increasing steps from 0 to 6"), ((0, 7), "expected increasing steps from 0 to 6"),
    ((-1, 2), "expected increasing steps from 0 to 6")])
@pytest.mark.usefixtures("unchecked")
def test_steps_that_there_are_not_are_refused(at, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, at=at)
