"""The causal trace: carry one position's residual from one run into another, and see how much of the answer follows.

The clean run holds a memory, the corrupted run the same memory with the addressed bit flipped. Patching the clean
residual at one (layer, position) into the corrupted run asks: is the bit here by now, in a form that later layers use?

    recovery = (patched - corrupted) / (clean - corrupted)      of the margin of the clean answer's logit

is 0 where the patch does nothing, 1 where it brings the clean answer back whole. The rows of a trace are the embedding
and the residual after each layer; its columns are positions, or classes of positions relative to the address.

Patching corrupted residuals into the clean run asks the opposite: is the bit needed here? The two can disagree, since
a bit that is held in two places survives the loss of either.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.node_run import is_causal, node_run
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.base.recovery import Sides, recovered
from deref.tasks.pointer import PointerTask

CLASSES = ("addressed cell", "earlier cells", "later cells", "address bits", "readout")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class CausalTrace:
    """How much of the answer each patch moved.

    Pairs whose margin hardly differs between the clean and the corrupted run carry no information about where the
    difference travels; they are not kept, their recovery is NaN, and their number belongs beside every mean.

    Args:
        task: the pointer task.
        direction: "denoise", clean into corrupted; or "noise", corrupted into clean.
        threshold: pairs are kept whose gap exceeds this, in units of logits.
        gap: clean minus corrupted margin, (seed, memory, address).
        recovery: the share of the gap that a patch moves, from the patched run's own margin towards the other run's,
            (seed, memory, address, row, position). Row 0 patches the embedding, row i the residual after layer i.
    """

    task: PointerTask
    direction: str
    threshold: float
    gap: Float[Tensor, "seed memory address"]
    recovery: Float[Tensor, "seed memory address row position"]

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows."""
        return ("embedding", *(f"after layer {i}" for i in range(1, self.recovery.shape[3])))

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes of positions, in the order of `by_class`."""
        return CLASSES

    @property
    def kept(self) -> Bool[Tensor, "seed memory address"]:
        """Which pairs are kept."""
        return self.gap > self.threshold

    def by_position(self, address: int | None = None) -> Float[Tensor, "seed row position"]:
        """Mean recovery of the kept pairs at each position.

        Args:
            address: the only address to count; None counts all.

        Raises:
            ValueError: an address that no cell has.
        """
        if address is not None and not 0 <= address < self.task.M:
            raise ValueError(f"expected an address from 0 to {self.task.M - 1}, got {address}")
        which = slice(None) if address is None else slice(address, address + 1)
        return self.recovery[:, :, which].nanmean((1, 2))

    def by_class(self) -> Float[Tensor, "seed row class"]:
        """Mean recovery of the kept pairs by class of position, in the order of `CLASSES`; NaN for an empty class."""
        total, count = self._by_class()
        return total.sum(1) / count.sum(1)

    def by_class_and_memory(self) -> Float[Tensor, "seed memory row class"]:
        """As `by_class`, for each memory alone: memories are the unit of inference within one model."""
        total, count = self._by_class()
        return total / count

    def totals(self) -> Float[Tensor, "seed row class"]:
        """As `by_class`, but added up over the positions of each class, patched one at a time."""
        total, _ = self._by_class()
        return total.sum(1) / self.kept.sum((1, 2))[:, None, None]

    def _by_class(self) -> tuple[Tensor, Tensor]:
        """Sums and numbers of the kept (pair, position)s of each class: (seed, memory, row, class)."""
        member = position_classes(self.task)[..., None] == torch.arange(len(CLASSES))
        member = member.to(self.recovery.dtype)
        total = torch.einsum("smarp,apc->smrc", self.recovery.nan_to_num(), member)
        count = torch.einsum("sma,apc->smc", self.kept.to(self.recovery.dtype), member)
        return total, count[:, :, None]


def position_classes(task: PointerTask) -> Int[Tensor, "address position"]:
    """Sort the positions of flat sequences into `CLASSES`.

    Args:
        task: the pointer task.

    Returns:
        The index of the class of each position, for each address: (address, position), integers.
    """
    address, position = torch.arange(task.M)[:, None], torch.arange(task.T)
    kinds = [position == address, position < address, position < task.M, position < task.T - 1, position < task.T]
    # The first kind that fits counts, so "later cells" are the cells that are neither addressed nor earlier.
    return torch.stack([kind.expand(task.M, -1) for kind in kinds]).int().argmax(0)


def causal_trace(
    model: Transformer,
    task: PointerTask,
    memories: Int[Tensor, "memory cell"],
    *,
    direction: str = "denoise",
    threshold: float = 1.0,
) -> CausalTrace:
    """Patch the residual at every layer and position, for every address of some memories.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).
        direction: "denoise" patches clean residuals into the corrupted run, "noise" corrupted ones into the clean run.
        threshold: the gap of margins, in units of logits, that a kept pair exceeds.

    Returns:
        The recovery of every patch.

    Raises:
        ValueError: no memories, memories of another size than the task's, another direction or a negative threshold.
    """
    if not threshold >= 0:
        raise ValueError(f"expected a threshold of at least 0, got {threshold!r}")
    clean, corrupted, patched = patched_margins(model, pointer_pairs(task, memories), direction=direction)
    base, source = (corrupted, clean) if direction == "denoise" else (clean, corrupted)
    gap, recovery = recovered(direction, threshold, base, source, patched)
    shape = (len(memories), task.M)
    return CausalTrace(task=task, direction=direction, threshold=threshold, gap=gap.unflatten(1, shape),
                       recovery=recovery.unflatten(1, shape))


@torch.no_grad()
def patched_margins(
    model: Transformer, pairs: Pairs, *, direction: str = "denoise"
) -> tuple[Float[Tensor, "seed pair"], Float[Tensor, "seed pair"], Float[Tensor, "seed pair row node"]]:
    """Patch the residual of every pair at every layer and node, one at a time.

    Args:
        model: the model, of S seeds.
        pairs: clean and corrupted sequences; any that the model can read, whatever the task.
        direction: as in `causal_trace`.

    Returns:
        Margins of the clean runs, of the corrupted runs, and of the patched runs, row 0 for the embedding, row i for
        the residual after layer i; on the CPU.

    Raises:
        ValueError: no pairs, or another direction.
    """
    Sides(pairs=pairs, direction=direction)  # refuses no pairs, and another direction
    # Sorted, the pairs that a patch at some node can change are the first few.
    order = _first_difference(pairs).argsort(stable=True).cpu()
    ordered = pairs[order].to(model.token.device)
    found = [_patch_batch(model, ordered[batch], direction)
             for batch in batches(model, len(pairs), pairs.layout.size)]
    back = order.argsort()
    clean, corrupted, patched = (torch.cat(part, dim=1)[:, back] for part in zip(*found, strict=True))
    return clean, corrupted, patched


def _patch_batch(model: Transformer, pairs: Pairs, direction: str) -> tuple[Tensor, Tensor, Tensor]:
    """Patch pairs that are sorted by their first difference; returns what `patched_margins` does.

    Where both runs agree a patch changes nothing, so it need not be run: at the embedding this is wherever the tokens
    agree; later, in a causal layout, at every node before the first difference. Behind the last layer only the readout
    is read, and patching it there gives the other run's logits.
    """
    layout, layers = pairs.layout, model.config.layers
    runs = {name: node_run(model, getattr(pairs, name), layout) for name in ("clean", "corrupted")}
    margins = {name: pairs.margin(run.logits) for name, run in runs.items()}
    base, source = ("corrupted", "clean") if direction == "denoise" else ("clean", "corrupted")

    patched = margins[base][..., None, None].repeat(1, 1, layers + 1, layout.size)
    patched[:, :, layers, int(layout.readouts[0])] = margins[source]
    differs = pairs.clean != pairs.corrupted
    first = _first_difference(pairs) if is_causal(layout) else torch.zeros(len(pairs), device=differs.device)
    for node in range(layout.size):
        for row in range(layers):
            which = slice(0, int((first <= node).sum())) if row else differs[:, node].nonzero()[:, 0]
            some = pairs[which]
            if len(some):
                logits = runs[base].rerun_at(row, node, runs[source].entering[row].at(node, which), which)
                patched[:, which, row, node] = some.margin(logits)
    return margins["clean"].cpu(), margins["corrupted"].cpu(), patched.cpu()


def _first_difference(pairs: Pairs) -> Tensor:
    """The first node at which each pair's tokens differ."""
    return (pairs.clean != pairs.corrupted).int().argmax(1)
