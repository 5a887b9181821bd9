"""An MLP that reads a whole input at once: the bits' small embeddings side by side, one hidden layer, two answers.

It is the network without attention of *Inductive Biases in Neural Networks*, chapter 6. The map of embeddings that lie
side by side is a sum of one map a position, which lets the network answer tries as well as flat sequences.

Glossary of shapes: S seeds, B sequences, N nodes, R readouts, P positions, E size of an embedding, U hidden units,
V outputs.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.model.parts import Linear
from deref.tasks.layout import Layout
from evidence.config import config


@config
class TableMlpConfig:
    """The shape of the MLP.

    Args:
        length: the number of positions, P.
        hidden: the number of hidden units, U.
        embedding: the size of a token's embedding, E, the same at every position.
        vocab: the number of distinct tokens.
        outputs: the number of distinct answers, V.
        token_std: the standard deviation that embeddings start from.

    Raises:
        ValueError: a size that no network can have.
    """

    length: int
    hidden: int
    embedding: int = 4
    vocab: int = 2
    outputs: int = 2
    token_std: float = 0.02

    def __post_init__(self) -> None:
        for name in ("length", "hidden", "embedding", "vocab", "outputs"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"expected {name} to be an integer of at least 1, got {value!r}")

    def build(self, seeds: Sequence[int]) -> "TableMlp":
        """The network of this shape for an ensemble of seeds, untrained."""
        return TableMlp(self, seeds)


class TableMlp(nn.Module):
    """An ensemble of such MLPs, one a seed.

    Args:
        config: the shape of every member.
        seeds: one integer a member; member i starts from exactly the numbers that its seed alone would give.

    Raises:
        ValueError: no seeds.
    """

    def __init__(self, config: TableMlpConfig, seeds: Sequence[int]) -> None:
        super().__init__()
        if not seeds:
            raise ValueError("expected at least one seed, got none")
        self.config, self.seeds = config, tuple(seeds)
        count = len(self.seeds)
        self.token = nn.Parameter(torch.zeros(count, config.vocab, config.embedding))
        self.hidden = Linear(count, config.length * config.embedding, config.hidden)
        self.unembedding = Linear(count, config.hidden, config.outputs)
        for member, seed in enumerate(self.seeds):
            generator = torch.Generator().manual_seed(seed)
            self.token.data[member].normal_(std=config.token_std, generator=generator)
            for part in (self.hidden, self.unembedding):
                part.weight.data[member].normal_(std=part.weight.shape[1] ** -0.5, generator=generator)

    def forward(self, tokens: Int[Tensor, "*seed batch node"],
                layout: Layout) -> Float[Tensor, "seed batch readout output"]:
        """Answer at every readout, from all that it may attend to.

        Args:
            tokens: (S, B, N), or (B, N) where all seeds get the same tokens.
            layout: positions, who comes before whom, and readouts of the N nodes.

        Returns:
            Logits, (S, B, R, V).
        """
        layout = layout.to(self.token.device)
        # What each token adds to the hidden layer at each position: (S, vocab, P, U).
        weight = self.hidden.weight.unflatten(1, (self.config.length, -1))
        rows = torch.einsum("sve,speu->svpu", self.token, weight)
        tokens = tokens.expand(len(self.seeds), *tokens.shape[-2:])
        place = torch.arange(len(self.seeds), device=tokens.device)[:, None, None] * self.config.vocab + tokens
        table = rows.flatten(1, 2).flatten(0, 1)
        added = F.embedding(place * self.config.length + layout.positions, table)
        hidden = layout.mask[layout.readouts].to(added.dtype) @ added + self.hidden.bias[:, None, None]
        return self.unembedding(F.relu(hidden))
