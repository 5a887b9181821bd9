"""Runs for one worker to take after each other: careless ones, and a model's, which must not feel them."""

from quadratic import Careless

from deref.experiment import experiment
from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig

TASK = PointerTask(M=4)
MODEL = ModelConfig(length=TASK.length, layers=2, heads=2, width=16, mlp=16)

for count in (1, 2, 3, 4):
    experiment(f"toy-careless-{count}", config=Careless(), seeds=tuple(range(count)), about="It spoils what it can.")
experiment("toy-model", config=TrainConfig(task=TASK, model=MODEL, steps=40, batch=4, eval_every=20, eval_memories=8),
           seeds=(0, 1), about="It is a model.")
