"""Small batches that go on: asked about the very examples that they were trained on."""

from dataclasses import replace

import pytest
import torch

from deref.sections.ch06.noise.noise import ARMS, examples_a_step, on_its_own
from deref.train.batches import Batches
from evidence.runs import Store


@pytest.mark.parametrize("key", ["tokens", "shared"])
def test_accuracy_on_its_own_examples_is_of_those_that_batches_are_drawn_from(tmp_path, key):
    config = replace(ARMS[key, "fixed"].config, steps=3, batch=2, fixed_examples=4, warmup=0)
    run = Store(tmp_path).run(config, (100, 101), progress=lambda _: None)
    batches = Batches(config, run.seeds, torch.device("cpu"))
    kept: list[dict] = [{}, {}]
    for _ in range(40):
        for mine, tokens, targets in zip(kept, *batches.draw(), strict=True):
            mine |= {tuple(row): answer for row, answer in zip(tokens.tolist(), targets, strict=True)}
    assert [len(mine) for mine in kept] == [4, 4]  # all of them were drawn
    tokens = torch.tensor([[*mine] for mine in kept])
    targets = torch.stack([torch.stack([*mine.values()]) for mine in kept])
    right = (run.model(tokens, batches.layout).argmax(-1) == targets).double().mean((1, 2))
    assert on_its_own(run).tolist() == right.tolist()


def test_a_step_counts_the_examples_that_it_shows():
    for arm in ARMS.values():
        recipe = arm.config
        _, answers = recipe.task.sample(recipe.batch, recipe.form, torch.Generator().manual_seed(0))
        assert examples_a_step(recipe) == answers.numel()
