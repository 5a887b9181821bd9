"""Recurrent networks: one state, handed on from token to token, with a leading seed axis like everything here.

Glossary of shapes: S seeds, B sequences, N nodes, R readouts, E size of an embedding, D width of the state, V outputs.

A layout may branch: a trie is one memory followed by all addresses. The state follows every branch from where it
forks, so a trie costs what its nodes cost and gives the numbers of the flat sequences.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.model.parts import Linear
from deref.tasks.layout import Layout
from evidence.config import config

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
State = tuple[Tensor, ...]
StateTap = Callable[[int, State], State | None]


@config
class RecurrentConfig:
    """One layer of a recurrent network, read out at chosen nodes.

    Args:
        cell: "rnn" (tanh), "gru" or "lstm".
        vocab: the number of distinct tokens.
        outputs: the number of distinct answers, V.
        length: the number of positions of the task; nothing in the network depends on it.
        embedding: the size of what a token is embedded as, E.
        width: the width of the state, D.
        keep: what the bias starts from of the gate that keeps the state, an LSTM's forget gate or a GRU's update gate.

    Raises:
        ValueError: an unknown cell, or a size that no network can have.
    """

    cell: str
    vocab: int
    outputs: int
    length: int
    embedding: int
    width: int
    keep: float = 0.0

    def __post_init__(self) -> None:
        if self.cell not in GATES:
            raise ValueError(f"expected the cell to be one of {', '.join(GATES)}, got {self.cell!r}")
        for name in ("vocab", "outputs", "length", "embedding", "width"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"expected {name} to be an integer of at least 1, got {value!r}")

    def build(self, seeds: Sequence[int]) -> "Recurrent":
        """The network of this configuration for an ensemble of seeds, untrained."""
        return Recurrent(self, seeds)


class Recurrent(nn.Module):
    """An ensemble of recurrent networks, one a seed.

    Args:
        config: the shape of every member.
        seeds: one integer a member; member i starts from exactly the numbers that its seed alone would give.

    Raises:
        ValueError: no seeds.

    Source:
        Elman (1990); Hochreiter and Schmidhuber (1997) with a forget gate; Cho et al. (2014), in the order and with the
        biases of torch.nn.RNN, LSTM and GRU.
    """

    def __init__(self, config: RecurrentConfig, seeds: Sequence[int]) -> None:
        super().__init__()
        if not seeds:
            raise ValueError("expected at least one seed, got none")
        self.config, self.seeds = config, tuple(seeds)
        count, width, gates = len(self.seeds), config.width, GATES[config.cell] * config.width
        self.token = nn.Parameter(torch.zeros(count, config.vocab, config.embedding))
        self.input = Linear(count, config.embedding, gates)
        self.recurrence = Linear(count, width, gates)
        self.unembedding = Linear(count, width, config.outputs)
        for member, seed in enumerate(self.seeds):
            self._start(member, torch.Generator().manual_seed(seed))

    def _start(self, member: int, generator: torch.Generator) -> None:
        """Draw one member's parameters, in the order in which the model lists them.

        Each gate's map from state to state starts orthogonal, which keeps the length of what passes through it.
        """
        width = self.config.width
        self.token.data[member].normal_(generator=generator)
        self.input.start(member, generator)
        for gate in self.recurrence.weight.data[member].split(width, dim=1):
            nn.init.orthogonal_(gate, generator=generator)
        if self.config.cell != "rnn":  # the second gate of either cell, in torch's order
            self.input.bias.data[member, width : 2 * width] = self.config.keep
        self.unembedding.start(member, generator)

    def forward(self, tokens: Int[Tensor, "*seed batch node"],
                layout: Layout) -> Float[Tensor, "seed batch readout output"]:
        """Answer at every readout.

        Args:
            tokens: (S, B, N), or (B, N) where all seeds get the same tokens.
            layout: who comes after whom; a sequence, or one that branches.

        Returns:
            Logits, (S, B, R, V).

        Raises:
            ValueError: a layout in which some node does not follow exactly one other.
        """
        return self.answer(self.embed(tokens), layout)

    def embed(self, tokens: Int[Tensor, "*seed batch node"]) -> Float[Tensor, "seed batch node embedding"]:
        """Look up the embedding of each token, (S, B, N, E)."""
        count, vocab, size = self.token.shape
        table = vocab * torch.arange(count, device=tokens.device)[:, None, None]
        return F.embedding(tokens + table, self.token.view(-1, size))

    def answer(self, stream: Float[Tensor, "seed batch node embedding"], layout: Layout,
               tap: StateTap | None = None) -> Float[Tensor, "seed batch readout output"]:
        """Run from embedded tokens to the answers.

        Args:
            stream: what `embed` gives, (S, B, N, E).
            layout: as in `forward`.
            tap: called with a depth, the first being 0, and the states after the nodes of that depth, each
                (S, B, nodes, D); what it returns, if anything, replaces them.

        Raises:
            ValueError: as `forward`.
        """
        levels, parents = depths(layout)
        gates = self.input(stream).split([len(level) for level in levels], dim=2)
        first = stream.new_zeros(*stream.shape[:2], 1, self.config.width)
        state: State = (first,) * (2 if self.config.cell == "lstm" else 1)
        step, found = getattr(self, f"_{self.config.cell}"), []
        read = set(layout.readouts.tolist())
        for depth, (level, parent, x) in enumerate(zip(levels, parents, gates, strict=True)):
            if len(level) > 1:  # a sequence does not branch, and needs no copy
                state = tuple(part[:, :, parent] for part in state)
            state = step(x, state)
            if tap is not None:
                state = tap(depth, state) or state
            chosen = [place for place, node in enumerate(level) if node in read]
            if chosen:
                found.append(state[0] if len(chosen) == len(level) else state[0][:, :, chosen])
        return self.unembedding(torch.cat(found, dim=2))

    def _rnn(self, x: Tensor, state: State) -> State:
        return (torch.tanh(x + self.recurrence(state[0])),)

    def _gru(self, x: Tensor, state: State) -> State:
        (before,), width = state, self.config.width
        recurrent = self.recurrence(before)
        reset, keep = torch.sigmoid(x[..., : 2 * width] + recurrent[..., : 2 * width]).chunk(2, dim=-1)
        new = torch.tanh(torch.addcmul(x[..., 2 * width :], reset, recurrent[..., 2 * width :]))
        return (torch.lerp(new, before, keep),)

    def _lstm(self, x: Tensor, state: State) -> State:
        before, cell = state
        write, keep, new, show = (x + self.recurrence(before)).chunk(4, dim=-1)
        cell = torch.addcmul(torch.sigmoid(keep) * cell, torch.sigmoid(write), torch.tanh(new))
        return torch.sigmoid(show) * torch.tanh(cell), cell


def depths(layout: Layout) -> tuple[list[list[int]], list[list[int]]]:
    """Sort the nodes of a layout by how many nodes come before them.

    Args:
        layout: a sequence, or sequences that share their beginnings.

    Returns:
        The nodes of each depth, and for each of them the place of the node it follows among those of the depth before
        (0 for the first node, which follows the state that the network starts from).

    Raises:
        ValueError: a node that does not follow exactly one other, or nodes that are not in the order of their depths.
    """
    return _depths(tuple(map(tuple, layout.mask.tolist())))


@lru_cache(maxsize=64)
def _depths(mask: tuple[tuple[bool, ...], ...]) -> tuple[list[list[int]], list[list[int]]]:
    sees = [{j for j, seen in enumerate(row) if seen and j != i} for i, row in enumerate(mask)]
    levels: list[list[int]] = []
    parents: list[list[int]] = []
    for node, before in enumerate(sees):
        depth = len(before)
        if depth == len(levels):
            levels.append([])
            parents.append([])
        last = max(before, key=lambda j: len(sees[j]), default=None)
        if depth != len(levels) - 1 or (last is not None and before != sees[last] | {last}):
            raise ValueError(f"expected a layout of sequences that may share their beginnings, depth by depth, "
                             f"got node {node}, which sees the nodes {sorted(before)}")
        levels[-1].append(node)
        parents[-1].append(0 if last is None else levels[-2].index(last))
    return levels, parents
