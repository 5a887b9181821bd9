"""Who solves a task, and when: one bar on one set of memories, and times that agree with it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from deref.constructions.pointer import pointer
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.sections.shared.solving import accuracies, share_solving, solved_at, solving
from deref.tasks.cross_attention import CrossingTask
from deref.tasks.pointer import PointerTask
from deref.train.history import History
from evidence.runs import Run


@dataclass(frozen=True)
class Recipe:
    task: PointerTask


def run_of(*models, task, seen):
    """A run whose ensemble has these members, and which training saw at these accuracies."""
    state = {name: torch.cat([model.state_dict()[name] for model in models]) for name in models[0].state_dict()}
    seeds = tuple(range(len(models)))
    seen = np.array(seen)
    history = History(seeds=seeds, step=np.arange(1, seen.shape[1] + 1) * 100, loss=np.zeros_like(seen), accuracy=seen)
    model = Transformer.from_state(models[0].config, seeds, state)
    return Run(config=Recipe(task), seeds=seeds, address="", model=model, history=history, wall_s=0.0,
               created="", weights="", device="cpu", threads=1, hardware="", versions={}, code="", path=Path())


def test_the_model_settles_who_solves_and_training_only_when():
    right, task = pointer(8)
    state = {name: value * (name != "layers.0.q.bias") for name, value in right.state_dict().items()}
    wrong = Transformer.from_state(right.config, right.seeds, state)
    run = run_of(right, wrong, right, right, task=task,
                 seen=[[0.5, 0.995, 1.0], [1.0, 0.5, 1.0], [0.5, 0.6, 0.7], [0.99, 1.0, 0.4]])
    assert solving(run) == (0, 2, 3)
    assert accuracies(run)[[0, 2, 3]].tolist() == [1, 1, 1]
    assert (accuracies(run) * 2048 == (accuracies(run) * 2048).round()).all()  # 256 memories, eight addresses
    # Seen and solved; seen once, but wrong; right, and never seen so; at the bar is not above it.
    assert solved_at(run).tolist() == [200, np.inf, 300, 200]
    assert np.isfinite(solved_at(run)).mean() == share_solving(run).value


def test_every_task_with_addresses_can_be_asked_of_more_cells_than_can_be_counted():
    task = CrossingTask(M=16, address="whole", source="self")
    memory = probe_memories(task)
    assert memory.shape == (128, 16)
    assert torch.equal(memory, probe_memories(PointerTask(M=16)))  # a draw depends on the number of cells alone
