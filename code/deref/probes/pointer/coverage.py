"""Where readouts look: mean attention patterns, and the coverage of addresses by heads."""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask

COVERED = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Coverage:
    """Where the readout looks, for every address, averaged over memories.

    Args:
        task: the pointer task.
        pattern: the readout's mean weight on every position, (layer, seed, head, address, position).
    """

    task: PointerTask
    pattern: Float[Tensor, "layer seed head address position"]

    @property
    def weight(self) -> Float[Tensor, "seed head address"]:
        """The mean weight of each last-layer head on the addressed cell."""
        return self.pattern[-1].diagonal(dim1=2, dim2=3)

    @property
    def best(self) -> Float[Tensor, "seed address"]:
        """The mean weight on the addressed cell of the head that puts most there, chosen for each address."""
        return self.weight.amax(1)

    @property
    def best_head(self) -> Int[Tensor, "seed address"]:
        """The last-layer head with the most weight on the addressed cell."""
        return self.weight.argmax(1)

    @property
    def covered(self) -> Bool[Tensor, "seed address"]:
        """Whether some last-layer head puts more than half its weight on the addressed cell."""
        return self.best > COVERED

    @property
    def seen(self) -> Bool[Tensor, "seed address"]:
        """Whether some head of any layer after the first puts more than half its weight on the addressed cell."""
        return (self.pattern[1:].diagonal(dim1=3, dim2=4) > COVERED).any(2).any(0)

    @property
    def coverage(self) -> Int[Tensor, "seed"]:
        """The number of covered addresses, 0 to M."""
        return self.covered.sum(1)

    @property
    def address_mass(self) -> Float[Tensor, "seed head"]:
        """The weight of each first-layer head on the address tokens, together, averaged over addresses."""
        return self.pattern[0][..., self.task.M :].sum(-1).mean(-1)


@torch.no_grad()
def attention_coverage(
    model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]
) -> Coverage:
    """Average where the readout looks, at every address, over some memories.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The readout's mean patterns, from which coverage follows.

    Raises:
        ValueError: no memories, or memories of another size than the task's.
    """
    layout = task.layout("trie")
    rows = _mean_pattern(model, task.trie_tokens(memories), layout, layout.readouts)
    # A leaf of the trie sees one node a position, so adding up nodes of the same position spells the flat pattern.
    pattern = torch.zeros(*rows.shape[:-1], task.T, dtype=rows.dtype).index_add_(-1, layout.positions, rows)
    return Coverage(task=task, pattern=pattern)


@torch.no_grad()
def mean_pattern(
    model: Transformer, tokens: Int[Tensor, "batch node"], layout: Layout
) -> Float[Tensor, "layer seed head query key"]:
    """Average the attention patterns of all heads over some sequences.

    Args:
        model: the model, of S seeds.
        tokens: the sequences, (B, N).
        layout: their layout.

    Returns:
        Mean patterns, (L, S, H, N, N), on the CPU; every row sums to 1.

    Raises:
        ValueError: no sequences, or sequences that do not fit the layout.
    """
    return _mean_pattern(model, tokens, layout, torch.arange(layout.size))


def _mean_pattern(model: Transformer, tokens: Tensor, layout: Layout, queries: Tensor) -> Tensor:
    """Mean patterns at some queries, without ever keeping those of more than one layer and batch."""
    if not len(tokens):
        raise ValueError("expected at least one sequence, got none")
    total: dict[Site, Tensor] = {}

    def add(site: Site, pattern: Tensor) -> None:
        total[site] = total.get(site, 0) + pattern[..., queries, :].sum(1).cpu()

    sites = [Site("pattern", layer) for layer in range(model.config.layers)]
    tap = SiteTap(frozenset(sites), add)
    for batch in batches(model, len(tokens), layout.size, patterns=True):
        model(tokens[batch].to(model.token.device), layout, tap=tap)
    return torch.stack([total[site] for site in sites]) / len(tokens)
