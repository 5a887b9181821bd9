"""Interchange interventions: the causal models on paper, a model written by hand that follows one, and bad input."""

import itertools
from dataclasses import replace

import pytest
import torch

from deref.constructions.pointer import pointer
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.interchange import InterchangeConfig, InterchangeTrainer, draw_swaps, interchanged
from deref.train.programs import PROGRAMS, Swaps
from deref.train.trainer import Trainer, mean_loss
from evidence.runs import Store

TASK = PointerTask(M=4)
HEADS = 2
BASE, DONOR = torch.tensor([[0, 1, 1, 0, 1, 0]]), torch.tensor([[1, 0, 0, 1, 0, 1]])  # addresses 2 and 1
NONE = torch.zeros(1, HEADS, TASK.T, dtype=torch.bool)


def swapped(**places):
    """Swaps of the named places, each (head, node), and of no other."""
    chosen = dict.fromkeys(Swaps._fields, NONE)
    for name, some in places.items():
        chosen[name] = NONE.clone()
        for head, node in some:
            chosen[name][0, head, node] = True
    return Swaps(**chosen)


def recipe(**changes):
    model = ModelConfig(length=TASK.length, layers=2, heads=HEADS, width=8, position_std=0.5)
    train = TrainConfig(task=TASK, model=model, steps=4, batch=8, form="flat", warmup=1, eval_every=2)
    return replace(train, **changes)


def written(sharp=1.0):
    """The pointer written by hand, whose answers are `sharp` times as sure."""
    model, _ = pointer(4)
    state = {name: value * (sharp if name.startswith("unembedding") else 1)
             for name, value in model.state_dict().items()}
    return Transformer.from_state(model.config, (0,), state)


@pytest.mark.parametrize(("places", "answer"), [
    ({}, 1),  # cell 2 of 0110
    ({"offers": [(0, 2)]}, 0),  # cell 2 of the donor
    ({"offers": [(0, 1)]}, 1), ({"offers": [(1, 2)]}, 1),  # another cell, a head that does nothing
    ({"writes": [(0, 5)]}, 0), ({"shows": [(0, 4)]}, 0),  # address 00, the base's cell 0
    ({"writes": [(1, 5)]}, 0),  # address 11, the base's cell 3
    ({"writes": [(0, 5), (1, 5)]}, 1),  # address 01, the base's cell 1
    ({"writes": [(0, 5), (1, 5)], "offers": [(0, 1)]}, 0),  # the donor's cell 1
    ({"asks": [(0, 5), (1, 5)], "writes": [(0, 4)]}, 1),  # nothing of it holds anything
])
def test_what_gather_then_fetch_answers(places, answer):
    assert PROGRAMS["fetch"](TASK, BASE, DONOR, swapped(**places)).tolist() == [answer]


@pytest.mark.parametrize(("places", "answer"), [
    ({}, 1),  # head 0 carries cell 2, head 1 cell 3; the last address bit is 0
    ({"asks": [(0, 4)]}, 0),  # head 0 asks for cell 0
    ({"asks": [(1, 4)]}, 1), ({"writes": [(1, 4)]}, 1),  # the other head, which is not selected
    ({"shows": [(0, 2)]}, 0), ({"shows": [(1, 2)]}, 1), ({"shows": [(0, 0)]}, 1),
    ({"asks": [(0, 4)], "shows": [(0, 0)]}, 1),  # the donor's cell 0
    ({"writes": [(0, 4)]}, 1), ({"offers": [(0, 4)]}, 1),  # the donor's head 0 carries its cell 0, a 1
    ({"shows": [(0, 2)], "writes": [(0, 4)]}, 1),  # what is fetched goes over what it is fetched from
    ({"offers": [(0, 5), (1, 2)], "writes": [(0, 5), (1, 3)]}, 1),
])
def test_what_carry_then_select_answers(places, answer):
    assert PROGRAMS["carry"](TASK, BASE, DONOR, swapped(**places)).tolist() == [answer]


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_swaps_a_program_answers_the_question(program):
    base = torch.tensor(list(itertools.product((0, 1), repeat=TASK.T)))
    none = Swaps(*[NONE.expand(len(base), -1, -1)] * 4)
    assert torch.equal(PROGRAMS[program](TASK, base, base.flip(0), none), TASK.oracle(base))


def interventions(count=512):
    generator = torch.Generator().manual_seed(0)
    base, donor = (TASK.sample(count, "flat", generator)[0] for _ in range(2))
    return base, donor, draw_swaps(count, TASK.T, HEADS, generator)


def test_the_pointer_written_by_hand_follows_its_program_under_every_intervention_and_not_the_other_one():
    base, donor, swaps = interventions()
    with torch.no_grad():
        found = interchanged(written(), TASK.layout("flat"), base, donor, swaps)[0, :, 0].argmax(-1)
    wanted = {name: program(TASK, base, donor, swaps) for name, program in PROGRAMS.items()}
    assert torch.equal(found, wanted["fetch"])
    assert (found != wanted["carry"]).float().mean() > 0.1
    assert (wanted["fetch"] != TASK.oracle(base)).float().mean() > 0.1  # interventions do change answers


def test_its_loss_is_nothing_and_that_of_another_program_is_not():
    loss = {}
    for program in PROGRAMS:
        trainer = InterchangeTrainer(InterchangeConfig(program=program, train=recipe(batch=128)), written(sharp=100))
        loss[program] = trainer._mean_loss(*trainer._batches.draw()).item()
    assert loss["fetch"] < 1e-6
    assert loss["carry"] > 1


def test_a_training_step_lowers_the_loss_of_interventions_that_a_plain_one_leaves():
    """From the same start on the same batches, training on the program follows it better than the task alone does."""
    base, donor, swaps = interventions()
    wanted, seeds, losses = PROGRAMS["carry"](TASK, base, donor, swaps), (100, 101), []
    train = recipe(steps=150, batch=32, lr=1e-2, warmup=10)
    for trainer in (InterchangeConfig(program="carry", train=train).trainer(seeds),
                    Trainer(train, train.model.build(seeds))):
        trainer.step_many(train.steps)
        with torch.no_grad():
            there = interchanged(trainer.model, TASK.layout("flat"), base, donor, swaps)
        losses.append(mean_loss(there, wanted[:, None].expand(len(seeds), -1, 1)))
    assert (losses[0] < losses[1] - 0.1).all()


def test_a_training_that_is_taken_up_again_ends_as_one_that_was_not(tmp_path):
    config = InterchangeConfig(program="fetch", train=recipe())
    whole, first, second = (config.trainer((3, 4)) for _ in range(3))
    whole.step_many(4)
    first.step_many(2)
    second.load_state(*first.state())
    second.step_many(2)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name])
    kept = Store(tmp_path).run(config, (3, 4))
    assert torch.equal(kept.model.token, whole.model.token)


@pytest.mark.parametrize(("changes", "message"), [
    ({"program": "sort"}, "fetch, carry, got 'sort'"),
    ({"program": "carry", "train": recipe(task=PointerTask(M=8), model=ModelConfig(length=11, layers=2, heads=4,
                                                                                   width=8))}, "of 4 cells"),
    ({"train": recipe(task=PointerTask(M=5), model=ModelConfig(length=8, layers=2, heads=4, width=8))}, "2, 4, 8"),
    ({"train": recipe(form="trie")}, "the form flat"),
    ({"train": recipe(model=ModelConfig(length=TASK.length, layers=3, heads=2, width=8))}, "3 layers"),
    ({"train": recipe(model=ModelConfig(length=TASK.length, layers=2, heads=1, width=8))}, "at least 2 heads")])
def test_what_no_program_can_be_trained_on_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        InterchangeConfig(**{"program": "fetch", "train": recipe(), **changes})
