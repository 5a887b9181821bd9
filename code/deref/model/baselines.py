"""Baselines without attention: which tokens can reach the answer is fixed by the architecture, not by their contents.

    bag          the sum of the tokens' embeddings, then a linear map: it depends only on how often each token occurs
    position     a network of the readout's own token and position
    convolution  layers that each mix a node with the few before it, the same way everywhere
    whole        the sum of an embedding for every token AT its position, then a network: an MLP of the whole input

Glossary of shapes: S seeds, B sequences, N nodes, R readouts, D width, V outputs.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.model.parts import Linear
from deref.tasks.layout import Layout
from evidence.config import config

KINDS = ("bag", "position", "convolution", "whole")


@config
class BaselineConfig:
    """A network without a lookup, read out at chosen nodes.

    Args:
        kind: one of `KINDS`.
        vocab: the number of distinct tokens.
        outputs: the number of distinct answers, V.
        length: the number of positions.
        width: the width of embeddings and hidden layers, D.
        hidden: the number of hidden layers behind the sum or the convolutions; a bag has none.
        layers: the number of convolutions.
        kernel: how many nodes a convolution mixes: a node and those right before it.

    Raises:
        ValueError: an unknown kind, or a size that no network can have.
    """

    kind: str
    vocab: int
    outputs: int
    length: int
    width: int
    hidden: int = 0
    layers: int = 0
    kernel: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expected the kind to be one of {', '.join(KINDS)}, got {self.kind!r}")
        least = {"vocab": 1, "outputs": 1, "length": 1, "width": 1, "hidden": 0, "layers": 0, "kernel": 1}
        for name, bound in least.items():
            value = getattr(self, name)
            if type(value) is not int or value < bound:
                raise ValueError(f"expected {name} to be an integer of at least {bound}, got {value!r}")
        if self.kind == "bag" and self.hidden:
            raise ValueError(f"expected a bag without hidden layers, since it is to be linear, got {self.hidden}")
        if (self.kind == "convolution") != (self.layers > 0):
            raise ValueError(f"expected convolutions in the kind that is called so and nowhere else, "
                             f"got {self.layers} in the kind {self.kind}")

    @property
    def reach(self) -> int:
        """How many tokens can influence the readout through the convolutions, itself included."""
        return 1 + self.layers * (self.kernel - 1)

    def build(self, seeds: Sequence[int]) -> "Baseline":
        """The network of this configuration for an ensemble of seeds, untrained."""
        return Baseline(self, seeds)


class Baseline(nn.Module):
    """An ensemble of networks without a lookup, one a seed.

    Args:
        config: the shape of every member.
        seeds: one integer a member; member i starts from exactly the numbers that its seed alone would give.

    Raises:
        ValueError: no seeds.
    """

    def __init__(self, config: BaselineConfig, seeds: Sequence[int]) -> None:
        super().__init__()
        if not seeds:
            raise ValueError("expected at least one seed, got none")
        self.config, self.seeds = config, tuple(seeds)
        count, width = len(self.seeds), config.width
        # One embedding for every token at every position; a bag has no positions.
        rows = config.vocab * (1 if config.kind == "bag" else config.length)
        self.token = nn.Parameter(torch.zeros(count, rows, width))
        self.layers = nn.ModuleList(Linear(count, config.kernel * width, width) for _ in range(config.layers))
        self.hidden = nn.ModuleList(Linear(count, width, width) for _ in range(config.hidden))
        self.unembedding = Linear(count, width, config.outputs)
        for member, seed in enumerate(self.seeds):
            self._start(member, torch.Generator().manual_seed(seed))

    def _start(self, member: int, generator: torch.Generator) -> None:
        """Draw one member's parameters, in the order in which the model lists them."""
        summed = self.config.length if self.config.kind in ("bag", "whole") else 1
        self.token.data[member].normal_(std=summed**-0.5, generator=generator)  # a sum of variance one
        for part in self.modules():
            if isinstance(part, Linear):
                part.start(member, generator)

    def forward(self, tokens: Int[Tensor, "*seed batch node"],
                layout: Layout) -> Float[Tensor, "seed batch readout output"]:
        """Answer at every readout.

        Args:
            tokens: (S, B, N), or (B, N) where all seeds get the same tokens.
            layout: positions, who comes before whom, and readouts of the N nodes.

        Returns:
            Logits, (S, B, R, V).
        """
        return self.answer(self.embed(tokens, layout), layout)

    def embed(self, tokens: Int[Tensor, "*seed batch node"],
              layout: Layout) -> Float[Tensor, "seed batch node width"]:
        """Look up the embedding of each token at its position; of a bag, wherever it stands.

        Args:
            tokens: as in `forward`.
            layout: as in `forward`.

        Returns:
            (S, B, N, D).
        """
        count, rows, width = self.token.shape
        place = 0 if self.config.kind == "bag" else self.config.vocab * layout.positions.to(tokens.device)
        table = rows * torch.arange(count, device=tokens.device)[:, None, None]
        return F.embedding(tokens + place + table, self.token.view(-1, width))

    def answer(self, stream: Float[Tensor, "seed batch node width"],
               layout: Layout) -> Float[Tensor, "seed batch readout output"]:
        """Run from embedded tokens to the answers.

        Args:
            stream: what `embed` gives, (S, B, N, D).
            layout: as in `forward`.

        Returns:
            Logits, (S, B, R, V).
        """
        layout = layout.to(stream.device)
        for layer in self.layers:
            stream = stream + F.relu(layer(self._neighbours(stream, layout)))
        if self.config.kind in ("bag", "whole"):
            stream = layout.mask[layout.readouts].to(stream.dtype) @ stream
        else:
            stream = stream[:, :, layout.rows]
        for layer in self.hidden:
            stream = layer(F.relu(stream))
        return self.unembedding(stream if self.config.kind == "bag" else F.relu(stream))

    def _neighbours(self, stream: Float[Tensor, "seed batch node width"],
                    layout: Layout) -> Float[Tensor, "seed batch node window"]:
        """Put each node beside the `kernel - 1` before it, zeros where there are none."""
        nothing = F.pad(stream, (0, 0, 0, 1))  # a node of zeros, behind all others
        return nothing[:, :, before(layout, self.config.kernel)].flatten(-2)


def before(layout: Layout, kernel: int) -> Int[Tensor, "node kernel"]:
    """List each node and those right before it, in the sequence that it is part of.

    Args:
        layout: who comes before whom.
        kernel: how many nodes to list, the node itself included.

    Returns:
        Nodes, the nearest first; N where there is none.
    """
    seen = layout.mask & ~torch.eye(layout.size, dtype=torch.bool, device=layout.mask.device)
    # Those with more before them stand nearer.
    depth = torch.where(seen, seen.sum(1) + 1, 0)
    order = depth.sort(dim=1, descending=True, stable=True)
    nodes = torch.where(order.values > 0, order.indices, layout.size)
    nodes = F.pad(nodes, (0, kernel), value=layout.size)[:, : kernel - 1]
    return torch.cat([torch.arange(layout.size, device=nodes.device)[:, None], nodes], dim=1)
