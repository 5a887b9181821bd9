"""Section "Direct path against recurrent path": five kinds of network that recall one note, and what they recall."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from deref.experiment import Experiment, experiment
from deref.model.config import ModelConfig
from deref.model.recurrent import Recurrent, RecurrentConfig
from deref.model.transformer import Transformer
from deref.tasks.recall import RecallTask
from deref.train.baselines import NetworkConfig
from deref.train.config import TrainConfig
from evidence.runs import Run, Store, default_store

LENGTHS, FACTORS = (8, 32, 64), (1, 2, 4)  # trained lengths; lengths asked, as multiples of the longest of them
LONGEST = LENGTHS[-1]
QUESTIONS = 6_000_011  # the seed of all questions that networks are asked
_EACH, _PIECE = 32, 32  # questions at each distance; questions at a time, few enough for the caches of a processor


@dataclass(frozen=True, kw_only=True)
class Net:
    """A kind of network.

    Args:
        key: its name in ids and in the names of experiments.
        title: in a few words.
        recurrent: whether it reads one token after the other.
    """

    key: str
    title: str
    recurrent: bool

    @property
    def label(self) -> str:
        """Its name in figures."""
        return self.key.upper() if self.recurrent else self.key.replace("-", " ")


NETS = {net.key: net for net in (
    Net(key="positions", title="a transformer with positions", recurrent=False),
    Net(key="no-positions", title="a transformer without positions", recurrent=False),
    Net(key="rnn", title="an RNN", recurrent=True),
    Net(key="gru", title="a GRU", recurrent=True),
    Net(key="lstm", title="an LSTM", recurrent=True),
)}


def _arm(net: Net, length: int) -> Experiment:
    task = RecallTask(context=length)
    fit: dict[str, Any] = {"vocab": task.vocab, "outputs": task.outputs, "length": task.length, "width": 32}
    recipe: dict[str, Any] = {
        "task": task, "steps": 400, "batch": 16, "warmup": 50, "schedule": "cosine", "clip": 1.0, "eval_every": 50,
        "eval_memories": 128, "form": "bag" if net.key == "no-positions" else "placed"}
    if net.recurrent:
        model = RecurrentConfig(cell=net.key, embedding=16, keep=0.0 if net.key == "rnn" else 3.0, **fit)
        made = NetworkConfig(model=model, lr=1e-2, **recipe)
    else:
        model = ModelConfig(layers=1, heads=4, mlp=64, positions="sinusoidal", token_std=0.5, **fit)
        made = TrainConfig(model=model, lr=3e-3, **recipe)
    return experiment(f"recall-{net.key}-{length}", config=made, seeds=range(24 if net.key == "gru" else 8),
                      about=f"{net.title.capitalize()} recalls one note among {length} tokens.")


ARMS = {(key, length): _arm(net, length) for key, net in NETS.items() for length in LENGTHS}


def recall(net: str, length: int, store: Store | None = None, factor: int = 1) -> Float[np.ndarray, "seed distance"]:
    """The share of questions answered rightly, by the distance of the note, distance 1 first.

    Args:
        net: a key of `NETS`.
        length: that the network was trained on.
        store: where runs are kept; None is the process's own store.
        factor: how many times longer the contexts are that it is asked in; positions go on along the same sinusoids.
    """
    return _recall(ARMS[net, length].run(store or default_store()), factor)


@cache
@torch.no_grad()
def _recall(run: Run, factor: int) -> np.ndarray:
    task = replace(run.config.task, context=factor * run.config.task.context)
    model, layout = lengthened(run.model, task.length), task.layout(run.config.form)
    each = max(4, _EACH // factor)
    distance = torch.arange(1, task.context + 1).repeat(each)
    tokens, answers = task.draw(distance, torch.Generator().manual_seed(QUESTIONS))
    right = torch.cat([model(some, layout).argmax(-1) == said for some, said
                       in zip(tokens.split(_PIECE), answers.split(_PIECE), strict=True)], dim=1)
    return right[..., 0].unflatten(1, (each, -1)).double().mean(1).numpy()


def lengthened(model: Transformer | Recurrent, length: int) -> Transformer | Recurrent:
    """The same network for more positions; a recurrent one has none, and sinusoids go on for ever."""
    if isinstance(model, Recurrent) or length <= model.config.length:
        return model
    longer = Transformer(replace(model.config, length=length), model.seeds)
    longer.load_state_dict(model.state_dict())
    return longer.eval().requires_grad_(False)
