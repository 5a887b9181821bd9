"""The models of *Inductive Biases in Neural Networks*, chapters 6 and 7, as configurations: its task, data and recipes.

    model_n    its transformer written out in NumPy: pre-norm blocks, tanh GELU, an MLP twice as wide as the stream,
               sinusoidal or learned positions
    model_p    its transformer of torch's `nn.TransformerEncoder`
    model_x    its transformer written to be read: as P, but every map from Xavier's distribution
    book_mlp   its MLP of the whole input

All train on 20,000 examples drawn once, in batches of 32 (the MLP 64) with replacement, by Adam with betas .9 and .95.
"""

from typing import Any

from deref.model.config import ModelConfig
from deref.model.table_mlp import TableMlpConfig
from deref.tasks.pointer import PointerTask
from deref.tasks.task import Task
from deref.train.book import BookConfig, MlpConfig
from deref.train.config import TrainConfig

EXAMPLES, BATCH, WARMUP = 20_000, 32, 500
MEMORIES = 128
"""Held-out memories, each with all its addresses: 1,024 questions of eight cells, more of more."""
QUESTIONS = 2_000
"""Held-out questions of a task that has one form alone."""


def _task(asked: int | Task) -> Task:
    return PointerTask(M=asked) if isinstance(asked, int) else asked


def _recipe(task: Task, **given: Any) -> dict[str, Any]:
    """The recipe that all models share, where nothing else is given."""
    held_out = MEMORIES if "trie" in task.forms else QUESTIONS
    return {"form": "flat", "batch": BATCH, "warmup": 0, "fixed_examples": EXAMPLES, "eval_every": 500,
            "eval_memories": held_out, **given}


def model_n(asked: int | Task, *, layers: int = 2, heads: int = 1, width: int = 64, mlp: int | None = None,
            positions: str = "sinusoidal", steps: int = 6_000, token_std: float = 0.02, token_scale: float = 1.0,
            last_weight: float = 1.0, eps: float = 1e-8, **recipe: Any) -> BookConfig:
    """Model N, the transformer that the book writes out in NumPy.

    Args:
        asked: the number of cells, or the task.
        layers, heads, width, mlp, positions, token_std: of the model; the MLP is twice as wide as the stream if None.
        steps: optimiser steps.
        token_scale, last_weight, eps: as in `BookConfig`.
        **recipe: what else `TrainConfig` takes.
    """
    task = _task(asked)
    shape = ModelConfig(length=task.length, vocab=task.vocab, layers=layers, heads=heads, width=width,
                        mlp=2 * width if mlp is None else mlp, positions=positions, token_std=token_std)
    return BookConfig(train=TrainConfig(task=task, model=shape, steps=steps, **_recipe(task, **recipe)), start="numpy",
                      gelu="tanh", token_scale=token_scale, last_weight=last_weight, eps=eps)


def model_p(asked: int | Task, *, layers: int, steps: int, heads: int = 4, width: int = 128, start: str = "encoder",
            **recipe: Any) -> BookConfig:
    """Model P; with the start "xavier" it is model X, with "default" X from torch's own start.

    Args:
        asked: the number of cells, or the task.
        layers, heads, width: of the model, whose MLP is twice as wide as the stream.
        steps: optimiser steps.
        start: as in `BookConfig`.
        **recipe: what else `TrainConfig` takes.
    """
    task = _task(asked)
    shape = ModelConfig(length=task.length, layers=layers, heads=heads, width=width, mlp=2 * width)
    given = {"warmup": WARMUP, "eval_every": 1_000, **recipe}
    return BookConfig(train=TrainConfig(task=task, model=shape, steps=steps, **_recipe(task, **given)), start=start)


def model_x(cells: int = 32, *, steps: int = 40_000, start: str = "xavier") -> BookConfig:
    """Model X, trained until its held-out accuracy is .995 or its steps are used up."""
    return model_p(cells, layers=3, steps=steps, start=start, stop_at=0.995, eval_every=500)


def book_mlp(cells: int, *, hidden: int = 128, steps: int = 6_000, **recipe: Any) -> MlpConfig:
    """The book's MLP of the whole input."""
    task = PointerTask(M=cells)
    return MlpConfig(task=task, model=TableMlpConfig(length=task.length, hidden=hidden), steps=steps,
                     **_recipe(task, **{"batch": 64, **recipe}))
