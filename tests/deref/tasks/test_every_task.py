"""What every task keeps: it survives JSON, fits its layouts, draws by its generator alone, and refuses other forms."""

import json

import pytest
import torch

from deref.tasks.addition import AdditionTask
from deref.tasks.associative_recall import AssociativeRecallTask
from deref.tasks.context_recall import NotesTask
from deref.tasks.cross_attention import CrossingTask
from deref.tasks.finetuning import Lessons
from deref.tasks.hops import HopsTask
from deref.tasks.induction import InductionTask
from deref.tasks.pointer import PointerTask
from deref.tasks.recall import RecallTask
from deref.tasks.task import Task
from evidence.config import from_json, to_json

NOTES = NotesTask(context=6, notes=2, keys=3, values=4, facts=8, noise=5)
TASKS = (AdditionTask(digits=4), AssociativeRecallTask(pairs=3, vocab=8),
         CrossingTask(M=4, address="whole", source="self"), HopsTask(M=5, hops=(1, 2, 4)),
         InductionTask(first=8, passage=4, offsets=(0, 2, 3), vocab=11), NOTES, Lessons(whole=NOTES, facts=(2, 5)),
         PointerTask(M=6), RecallTask(context=5))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_a_task_keeps_what_training_relies_on(task):
    assert isinstance(task, Task)
    assert from_json(json.loads(json.dumps(to_json(task)))) == task
    for form in task.forms:
        layout, before = task.layout(form), torch.get_rng_state()
        tokens, answers = task.sample(3, form, torch.Generator().manual_seed(7))
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(1)
        again = task.sample(3, form, torch.Generator().manual_seed(7))
        assert all(map(torch.equal, again, (tokens, answers)))
        assert (tokens.shape, answers.shape) == ((3, layout.size), (3, len(layout.readouts)))
        assert layout.length <= task.length
        assert tokens.min() >= 0 and tokens.max() < task.vocab
        assert answers.min() >= 0 and answers.max() < task.outputs
    for ask in (task.layout, lambda form: task.sample(1, form, torch.Generator())):
        with pytest.raises(ValueError, match="got 'tree'"):
            ask("tree")
