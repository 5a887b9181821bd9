"""Layouts: which position each token sits at, what it may attend to, and where answers are read.

The flat form of a lookup is one sequence, memory then address. Memory comes first and the mask is causal, so nothing
computed at a memory cell depends on the address: every address can share that work. The trie form therefore lays the
memory out once and follows it with all address prefixes as a binary trie. A node of the trie sees the memory and its
own ancestors, which is exactly what it would see in the flat sequence that spells its prefix, so both forms give the
same numbers; a memory of 32 cells answers all 32 addresses in 94 nodes instead of 32 sequences of 37.
"""

import dataclasses
import functools
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def shareable(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make what is cached fit for everyone: tensors on the CPU that gradients can pass, whoever asks for them first.

    Args:
        make: makes tensors, or layouts of them, of sizes and words.
    """
    @functools.wraps(make)
    def made(*sizes: Any, **named: Any) -> Any:
        with torch.inference_mode(False), torch.device("cpu"):
            return make(*sizes, **named)

    return made


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How the nodes of a token sequence relate; shared by every sequence of a batch.

    Args:
        positions: the position whose embedding each node takes.
        mask: row i, column j is True where node i may attend to node j.
        readouts: the nodes at which answers are read, increasing.
        addresses: the address each readout answers, or None where the tokens spell it.
        length: the number of positions that a model of this layout needs; set by the layout itself.
        rows: the readouts as an index, a slice where they are consecutive, since a slice needs no copy; set by the
            layout itself.

    Raises:
        ValueError: parts of different sizes, a node that attends to nothing, readouts that are not increasing nodes,
            or a negative position.
    """

    positions: Int[Tensor, "node"]
    mask: Bool[Tensor, "node node"]
    readouts: Int[Tensor, "readout"]
    addresses: Int[Tensor, "readout"] | None = None
    length: int = dataclasses.field(init=False)
    rows: slice | Int[Tensor, "readout"] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        if self.mask.shape != (self.size, self.size):
            raise ValueError(f"expected a mask of {self.size} by {self.size} nodes, got {tuple(self.mask.shape)}")
        if self.addresses is not None and self.addresses.shape != self.readouts.shape:
            raise ValueError(f"expected one address a readout, got {len(self.addresses)} for {len(self.readouts)}")
        blind = (~self.mask.any(1)).nonzero().flatten().tolist()
        if blind:
            raise ValueError(f"expected every node to attend to at least one node, got none for nodes {blind}")
        nodes = self.readouts.tolist()
        if not nodes or nodes != sorted(set(nodes)) or nodes[0] < 0 or nodes[-1] >= self.size:
            raise ValueError(f"expected readouts to be increasing nodes below {self.size}, got {nodes}")
        if int(self.positions.min()) < 0:
            raise ValueError(f"expected positions of at least 0, got {int(self.positions.min())}")
        # Set once here, because a forward pass must not wait for a device to tell.
        together = nodes[-1] - nodes[0] + 1 == len(nodes)
        object.__setattr__(self, "length", int(self.positions.max()) + 1)
        object.__setattr__(self, "rows", slice(nodes[0], nodes[-1] + 1) if together else self.readouts)

    @property
    def size(self) -> int:
        """The number of nodes, N."""
        return len(self.positions)

    def to(self, device: torch.device | str) -> "Layout":
        """The same layout with its tensors on a device; itself where they are there already."""
        if self.positions.device == torch.device(device):
            return self
        parts = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.init}
        return Layout(**{name: None if part is None else part.to(device) for name, part in parts.items()})


@lru_cache(maxsize=64)
@shareable
def flat(cells: int, bits: int) -> Layout:
    """Lay out memory then address as one causal sequence, read at its last position.

    Args:
        cells: the number of memory cells, M.
        bits: the number of address bits, A.

    Returns:
        A layout of M + A nodes and one readout; the tokens spell the address.
    """
    size = cells + bits
    return Layout(
        positions=torch.arange(size),
        mask=torch.ones(size, size, dtype=torch.bool).tril(),
        readouts=torch.tensor([size - 1]),
    )


@lru_cache(maxsize=64)
@shareable
def trie(cells: int, bits: int) -> Layout:
    """Lay out memory once, followed by the trie of all address prefixes, level by level.

    Args:
        cells: the number of memory cells, M.
        bits: the number of address bits, A.

    Returns:
        A layout whose last M nodes are the readouts, for the addresses 0 to M - 1 in this order.
    """
    depth, prefix = trie_prefixes(cells, bits)
    size = cells + len(depth)
    # Node i is an ancestor of node j, or j itself, if i is no deeper and j's prefix, cut to i's depth, is i's prefix.
    drop = depth[:, None] - depth[None, :]
    ancestor = (drop >= 0) & (prefix[:, None] >> drop.clamp(min=0) == prefix[None, :])
    mask = torch.ones(size, size, dtype=torch.bool).tril()
    mask[cells:, cells:] = ancestor
    return Layout(
        positions=torch.cat([torch.arange(cells), cells - 1 + depth]),
        mask=mask,
        readouts=torch.arange(size - cells, size),
        addresses=torch.arange(cells),
    )


@lru_cache(maxsize=64)
@shareable
def trie_prefixes(cells: int, bits: int) -> tuple[Int[Tensor, "prefix"], Int[Tensor, "prefix"]]:
    """List the address prefixes that lead to at least one address below M, shortest first.

    Args:
        cells: the number of memory cells, M.
        bits: the number of address bits, A.

    Returns:
        The length of each prefix in bits (1 to A), and its value; the last M are the addresses themselves.
    """
    counts = [((cells - 1) >> (bits - depth)) + 1 for depth in range(1, bits + 1)]
    depth = torch.cat([torch.full((count,), d) for d, count in enumerate(counts, start=1)])
    return depth, torch.cat([torch.arange(count) for count in counts])
