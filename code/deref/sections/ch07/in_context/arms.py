"""Section "Recall in context": the architectures that are compared, and the recipe that trains them."""

from dataclasses import dataclass
from typing import Any

from deref.model.config import ModelConfig
from deref.model.recurrent import RecurrentConfig
from deref.tasks.associative_recall import AssociativeRecallTask
from deref.train.baselines import NetworkConfig
from deref.train.config import TrainConfig
from deref.train.linear_attention import LinearAttentionConfig

RATES = {"1": 0.001, "3": 0.003, "10": 0.01, "30": 0.03}
"""Learning rates, by how many thousandths they are, as in the ids of results."""

WIDTH, STEPS, SEEDS = 64, 1_500, range(5)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One of the networks.

    Args:
        name: what figures and titles call it.
        layers: of a transformer; 0 is the recurrent network.
        linear: whether attention is linear, and the token before is given.
        colour: of its line.
    """

    name: str
    layers: int
    linear: bool = False
    colour: str

    def config(self, pairs: int, rate: float) -> TrainConfig | LinearAttentionConfig:
        """The run that trains it.

        Args:
            pairs: of the task.
            rate: of learning.
        """
        task = AssociativeRecallTask(pairs=pairs)
        sizes: dict[str, Any] = {"vocab": task.vocab, "outputs": task.outputs, "length": task.length, "width": WIDTH}
        recipe: dict[str, Any] = {"task": task, "steps": STEPS, "batch": 16, "form": "flat", "lr": rate, "warmup": 50,
                                  "schedule": "cosine", "eval_every": 250, "eval_memories": 32, "stop_at": 0.995}
        if not self.layers:
            return NetworkConfig(model=RecurrentConfig(cell="gru", embedding=WIDTH, **sizes), **recipe)
        shape = ModelConfig(layers=self.layers, heads=1, position_std=0.1, token_std=0.1, **sizes)
        train = TrainConfig(model=shape, **recipe)
        return LinearAttentionConfig(train=train, before=True) if self.linear else train

    def state(self, tokens: int) -> int:
        """How many numbers it keeps of so many tokens, to answer questions about them.

        Attention keeps a key and a value for every token and layer; linear attention a sum of features and one of
        their products with values, whose sizes do not depend on the number of tokens.
        """
        if not self.layers:
            return WIDTH
        return self.layers * (WIDTH * (WIDTH + 1) if self.linear else 2 * WIDTH * tokens)

    def parameters(self, pairs: int) -> int:
        """The number of its parameters.

        Args:
            pairs: of the task, since there is an embedding for each position.
        """
        config = self.config(pairs, RATES["1"])
        model = (config if isinstance(config, LinearAttentionConfig) else config.model).build((0,))
        return sum(one.numel() for one in model.parameters())


ARCHITECTURES = {
    "attention-2": Architecture(name="attention, two layers", layers=2, colour="blue"),
    "attention-1": Architecture(name="attention, one layer", layers=1, colour="sky"),
    "linear": Architecture(name="linear attention, one layer", layers=1, linear=True, colour="vermilion"),
    "gru": Architecture(name="GRU", layers=0, colour="black"),
}

SIZES = (4, 8, 16, 32)
"""Numbers of pairs."""

GRID = tuple((network, pairs, rate) for pairs in SIZES for rate in RATES for network in ARCHITECTURES)
"""What is trained: a network, a number of pairs, and a learning rate."""
