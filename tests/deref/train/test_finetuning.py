"""Facts trained in two stages: which questions are asked, what is frozen, and that a training can be interrupted."""

from dataclasses import replace

import pytest
import torch

from deref.model.config import ModelConfig
from deref.tasks.context_recall import NotesTask
from deref.tasks.finetuning import Lessons
from deref.train.config import TrainConfig
from deref.train.finetuning import PARTS, Lesson, LessonsConfig
from deref.train.history import Histories
from evidence.config import from_json, to_json

WHOLE = NotesTask(context=4, notes=2, keys=3, values=2, facts=4, noise=2)
OLD, NEW = Lessons(whole=WHOLE, facts=(0, 2)), Lessons(whole=WHOLE, facts=(2, 4), notes=False)
SHAPE = ModelConfig(vocab=WHOLE.vocab, outputs=WHOLE.outputs, length=WHOLE.length, layers=2, heads=1, width=8, mlp=8)
FIRST = TrainConfig(task=OLD, model=SHAPE, form="placed", steps=3, batch=2, warmup=1, eval_every=2, eval_memories=4)
CONFIG = LessonsConfig(first=FIRST, then=tuple(
    Lesson(name=part, part=part, train=replace(FIRST, task=NEW, steps=4)) for part in PARTS))


def test_lessons_ask_some_questions_of_the_whole_task():
    def drawn(task):
        return task.sample(3, "placed", torch.Generator().manual_seed(0))

    (tokens, answers), (old, old_answers), (new, new_answers) = (drawn(task) for task in (WHOLE, OLD, NEW))
    assert torch.equal(old, tokens[:, [0, 1, 2, 3, 4, 5, 6, 7]])
    assert torch.equal(old_answers, answers[:, [0, 1, 2, 3]])
    assert torch.equal(new, tokens[:, [0, 1, 2, 3, 8, 9]])
    assert torch.equal(new_answers, answers[:, [4, 5]])


def test_a_question_sees_what_it_sees_in_the_whole_task():
    whole, new = WHOLE.layout("placed"), NEW.layout("placed")
    nodes = [0, 1, 2, 3, 8, 9]
    assert torch.equal(new.mask, whole.mask[nodes][:, nodes])
    assert torch.equal(new.positions, whole.positions[nodes])
    assert new.readouts.tolist() == [4, 5]


@pytest.mark.parametrize("facts", [(0, 0), (2, 1), (0, 5), (-1, 2)])
def test_facts_that_are_not_there_are_refused(facts):
    with pytest.raises(ValueError, match="expected facts from 0 to 4, at least one, got"):
        Lessons(whole=WHOLE, facts=facts)


def test_only_the_named_part_of_a_copy_changes():
    trainer = CONFIG.trainer((0, 1))
    while not trainer.done:
        trainer.step_many(5)
    first = dict(trainer.model["first"].named_parameters())
    for part, matrices in PARTS.items():
        changed = {name for name, value in trainer.model[part].named_parameters()
                   if not torch.equal(value, first[name])}
        # A shift of all keys alike moves no score, so its gradient is rounding; it may or may not change.
        assert {name for name in changed if ".k.bias" not in name} == {
            name for name in first if name.count(".") == 3 and name.split(".")[2] in matrices and ".k.bias" not in name}


def test_an_interrupted_training_goes_on_bit_for_bit():
    whole = CONFIG.trainer((0, 1))
    while not whole.done:
        whole.step_many(100)
    for stop in (2, 3, 5):
        before, after = CONFIG.trainer((0, 1)), CONFIG.trainer((0, 1))
        for _ in range(stop):
            before.step_many(1)
        after.load_state(*before.state())
        while not after.done:
            after.step_many(2)
        assert all(torch.equal(a, b) for a, b in zip(after.model.state_dict().values(),
                                                     whole.model.state_dict().values(), strict=True))
        assert after.history.to_json() == whole.history.to_json()


def test_a_configuration_and_its_histories_survive_json():
    assert from_json(to_json(CONFIG)) == CONFIG
    trainer = CONFIG.trainer((0,))
    report = trainer.step_many(2)
    assert (report.step, report.steps) == (2, 11)
    written = trainer.history.to_json()
    assert set(written) == {"first", "mlp", "attention"}
    assert Histories.from_json(written).to_json() == written


def test_impossible_lessons_are_refused():
    lesson = CONFIG.then[0]
    with pytest.raises(ValueError, match="expected a part, one of mlp, attention, got 'norms'"):
        replace(lesson, part="norms")
    with pytest.raises(ValueError, match="with names of their own, none of them first, got mlp, mlp"):
        replace(CONFIG, then=(lesson, lesson))
    with pytest.raises(ValueError, match="none of them first, got none"):
        replace(CONFIG, then=())
    with pytest.raises(ValueError, match="for the model that was trained first"):
        replace(CONFIG, first=replace(FIRST, model=replace(SHAPE, mlp=4)))
    with pytest.raises(ValueError, match="expected a state of first, mlp, attention, got one of first"):
        CONFIG.trainer((0,)).load_state({}, {"first": {}})
