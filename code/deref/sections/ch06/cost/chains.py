"""Section "What attention costs": the longest chain of operations that must wait for each other, against length."""

from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor, nn

from deref.figures import growth as growths
from deref.figures.growth import growth
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.costs import longest_chain
from deref.sections.ch06.cost.windows import causal
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

LENGTHS = (8, 16, 32, 64, 128, 256)
WIDTH = 8


def transformer(length: int) -> Tensor:
    """The answer of a two-layer transformer at the last token."""
    model = Transformer(ModelConfig(length=length, layers=2, heads=2, width=WIDTH, mlp=2 * WIDTH), [0])
    return model(torch.zeros(1, length, dtype=torch.long), causal(length))


def recurrence(cell: type[nn.RNNCellBase]) -> Callable[[int], Tensor]:
    """A function from a length to the last state of a recurrent network of one of torch's cells."""
    def last(length: int) -> Tensor:
        step, state = cell(WIDTH, WIDTH), None
        for x in torch.zeros(length, 1, WIDTH):
            state = step(x, state)
        return state[0] if isinstance(state, tuple) else state

    return last


def scan(decay: Float[Tensor, "step width"], x: Float[Tensor, "step width"]) -> Float[Tensor, "step width"]:
    """Compute every state of the linear recurrence h[t] = decay[t] h[t-1] + x[t], from h = 0, by doubling.

    In each round every position adds what the one `apart` before it has gathered, and then knows twice as much.

    Args:
        decay: what is kept of the state before, (step, width).
        x: what is added, (step, width).

    Returns:
        The states, (step, width).

    Source:
        Martin and Cundy, Parallelizing Linear Recurrent Neural Nets Over Sequence Length (2018).
    """
    apart = 1
    while apart < len(x):
        x = torch.cat([x[:apart], x[apart:] + decay[apart:] * x[:-apart]])
        decay = torch.cat([decay[:apart], decay[apart:] * decay[:-apart]])
        apart *= 2
    return x


def linear(length: int) -> Tensor:
    """The last state of a linear recurrence, computed by doubling."""
    decay, x = torch.rand(2, length, WIDTH, generator=torch.Generator().manual_seed(0)).requires_grad_()
    return scan(decay, x)[-1]


NETWORKS = {
    "transformer": transformer,
    "RNN": recurrence(nn.RNNCell),
    "GRU": recurrence(nn.GRUCell),
    "LSTM": recurrence(nn.LSTMCell),
    "linear, by doubling": linear,
}


def chain(name: str, length: int) -> int:
    """The longest chain behind a network's answer at the last of so many tokens."""
    return longest_chain(NETWORKS[name](length))


def per_token(name: str) -> list[float]:
    """How many steps the chain grows by a token, between each length and the next."""
    found = [chain(name, length) for length in LENGTHS]
    return [(b - a) / (n - m) for (m, a), (n, b) in pairwise(zip(LENGTHS, found, strict=True))]


@result("chain.transformer.longest", title="Longest chain of operations in a two-layer transformer, 256 tokens",
        unit="operations", format="d")
def transformer_longest(store: Store) -> Estimate:
    """Counted on the record that torch keeps for the gradient."""
    return exact(chain("transformer", LENGTHS[-1]), f"{LENGTHS[-1]} tokens")


@result("chain.transformer.per-token", title="Most operations that a further token adds to a transformer's chain",
        format="g")
def transformer_per_token(store: Store) -> Estimate:
    """Over all lengths tested."""
    return exact(max(per_token("transformer")), f"largest between neighbours of {len(LENGTHS)} lengths")


RECURRENT = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


@result.each(RECURRENT, "chain.{cell}.longest", unit="operations", format="d",
             title="Longest chain of operations in one layer of {member} cells, 256 tokens")
def recurrent_longest(store: Store, name: str) -> Estimate:
    return exact(chain(name, LENGTHS[-1]), f"{LENGTHS[-1]} tokens")


@result.each(RECURRENT, "chain.{cell}.per-token", format="g",
             title="Fewest operations that a further token adds to the chain of {member} cells")
def recurrent_per_token(store: Store, name: str) -> Estimate:
    return exact(min(per_token(name)), f"smallest between neighbours of {len(LENGTHS)} lengths")


@result("chain.linear.longest", title="Longest chain of operations in a linear recurrence by doubling, 256 tokens",
        unit="operations", format="d")
def linear_longest(store: Store) -> Estimate:
    """The scan of this module."""
    return exact(chain("linear, by doubling", LENGTHS[-1]), f"{LENGTHS[-1]} tokens")


def chains() -> tuple[Figure, dict[str, list]]:
    """The longest chains of all networks against length."""
    found = {name: [chain(name, length) for length in LENGTHS] for name in NETWORKS}
    figure, ax = subplots(height=3.4)
    growth(ax, LENGTHS, found).set(ylabel="operations that wait")
    return figure, growths.columns("length", LENGTHS, found)
