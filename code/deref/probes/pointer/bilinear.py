"""The form that compares addresses with cells, and what the fetching layer carries: a lookup read off its weights.

A head of the last layer scores cell i for the readout that stands behind address a by a product of a query and a key.
The key does not know the address, which comes later. So behind the scores stands one matrix, address by cell. A table
can hold any such matrix; the pointer that is written by hand has a sum of one term for each address bit.
"""

import dataclasses
import math
from typing import cast

import torch
from jaxtyping import Float, Int
from scipy.linalg import hadamard
from torch import Tensor

from deref.model.block import Block
from deref.model.taps import Site, SiteTap
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class FetchingForm:
    """What the heads of the last layer make of addresses and cells, memories averaged out.

    Args:
        task: the pointer task, of 2^A cells.
        form: mean query of each address times mean key of each cell, over the root of the head's size, in nats,
            (seed, head, address, cell); every row has mean zero, since the softmax ignores what all cells share.
    """

    task: PointerTask
    form: Float[Tensor, "seed head address cell"]

    @property
    def spectrum(self) -> Float[Tensor, "seed head address_set cell_set"]:
        """Squared Walsh coefficients of the form: how much of its variance is a product of a parity of address bits
        and one of cell bits. Sets of bits are numbers, the least significant bit the last address bit."""
        # row u at column i is (-1) to the number of bits that u and i share
        walsh = torch.from_numpy(hadamard(self.task.M)).to(self.form)
        return (walsh @ self.form @ walsh / self.task.M).square()

    @property
    def bitwise(self) -> Float[Tensor, "seed"]:
        """The share of the form's variance that is a sum of products, of an address bit and the same bit of the cell's
        number; all heads together.

        What does not depend on the address is left out, here and below. The pointer that is written by hand has 1. A
        table that scores the addressed cell, and all others alike, has A / (M - 1)."""
        spectrum = self.spectrum[..., 1:, 1:]
        return spectrum[..., self._alone, self._alone].sum((1, 2)) / spectrum.sum((1, 2, 3))

    @property
    def additive(self) -> Float[Tensor, "seed"]:
        """The share that is a sum of one term for each address bit, whatever function of the cell that term is.

        The pointer that is written by hand has 1, a table A / (M - 1)."""
        spectrum = self.spectrum[..., 1:, 1:]
        return spectrum[..., self._alone, :].sum((1, 2, 3)) / spectrum.sum((1, 2, 3))

    @property
    def number(self) -> Float[Tensor, "seed"]:
        """The share that is one product: the address, read as a number, times the number of the cell."""
        line = torch.arange(self.task.M).to(self.form)
        line = (line - line.mean()) / (line - line.mean()).norm()
        return (line @ self._both @ line).square().sum(1) / self._both.square().sum((1, 2, 3))

    @property
    def leading(self) -> Float[Tensor, "seed"]:
        """The share that is a product of some number for each address and some number for each cell, one a head: that
        of the largest singular value. The pointer that is written by hand has 1 / A, a table 1 / (M - 1)."""
        squares = self.singular.square()
        return squares[..., 0].sum(1) / squares.sum((1, 2))

    @property
    def singular(self) -> Float[Tensor, "seed head value"]:
        """Singular values of what depends on both address and cell, largest first."""
        return torch.linalg.svdvals(self._both)

    @property
    def found(self) -> Float[Tensor, "seed"]:
        """The share of addresses whose highest score, heads added up, is that of the addressed cell."""
        return (self.form.sum(1).argmax(-1) == torch.arange(self.task.M)).to(self.form).mean(-1)

    @property
    def _both(self) -> Float[Tensor, "seed head address cell"]:
        return self.form - self.form.mean(2, keepdim=True)

    @property
    def _alone(self) -> Int[Tensor, "bit"]:
        """The places, behind the empty set, of the sets of one bit."""
        return 2 ** torch.arange(self.task.A) - 1


@torch.no_grad()
def fetching_form(model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]) -> FetchingForm:
    """Work out the form behind the scores of the last layer.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers; its memory has 2^A cells.
        memories: bits, (memory, cell), that queries and keys are averaged over.

    Returns:
        The form of every head.

    Raises:
        ValueError: a memory whose size is no power of two, in whose addresses bits do not vary freely; or no memories.
    """
    if task.M != 2**task.A:
        raise ValueError(f"expected a memory of a power of two of cells, so that every address bit varies freely, "
                         f"got {task.M}")
    q = _read(model, task, memories, "q")[..., task.layout("trie").readouts, :].mean(1)
    k = _read(model, task, memories, "k")[..., : task.M, :].mean(1)
    form = q @ k.mT / math.sqrt(q.shape[-1])
    return FetchingForm(task=task, form=form - form.mean(-1, keepdim=True))


@torch.no_grad()
def own_bit_share(
    model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]
) -> Float[Tensor, "seed"]:
    """How much of what the last layer would fetch from a cell is that cell's own bit.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The share of the variance over memories of what a cell offers, values times the output map, that the cell's own
        bit explains; over all cells and heads together, (seed,).

    Raises:
        ValueError: no memories, or memories in which a cell always holds the same bit.
    """
    if not len(memories) or (memories == memories[:1]).all(0).any():
        raise ValueError(f"expected memories in which every cell holds both bits, got {len(memories)}")
    last = model.config.layers - 1
    values = _read(model, task, memories, "v")[:, :, :, : task.M]  # (seed, memory, head, cell, size)
    seeds, _, heads, _, size = values.shape
    out = cast(Block, model.layers[last]).o.weight.reshape(seeds, 1, heads, size, -1).cpu().double()
    offered = values @ out
    offered = offered - offered.mean(1, keepdim=True)
    bit = memories[None, :, None, :, None].to(offered) - memories.to(offered).mean(0)[None, None, None, :, None]
    effect = (offered * bit).sum(1) / bit.square().sum(1)  # what one bit changes, by least squares
    explained = effect.square().sum(-1) * bit.square().sum(1)[..., 0]
    return explained.sum((1, 2)) / offered.square().sum((1, 2, 3, 4))


def _read(model: Transformer, task: PointerTask, memories: Tensor, name: str) -> Tensor:
    """What stands at one site of the last layer, (seed, memory, head, node, size), in double precision."""
    layout, site = task.layout("trie"), Site(name, model.config.layers - 1)
    tokens, found = task.trie_tokens(memories), []
    if not len(tokens):
        raise ValueError("expected at least one memory, got none")
    tap = SiteTap(frozenset({site}), lambda _, x: found.append(x.cpu().double()))
    for batch in batches(model, len(tokens), layout.size):
        model(tokens[batch].to(model.token.device), layout, tap=tap)
    return torch.cat(found, dim=1)
