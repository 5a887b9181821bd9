"""Mean ablation of heads on the pointer task, with a choice of heads for each seed."""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.means import mean_heads, means_of
from deref.tasks.pointer import PointerTask


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Ablation:
    """A model that can run without chosen heads: each gives what it fetches on average instead of what it fetches.

    The average is over memories and over the nodes at a position, so it depends on neither the memory nor the address.

    Args:
        model: the model, of S seeds.
        runs: of the whole model on the sequences, batch by batch; ablations restart in the middle of them.
        answers: the right answers, (B, R).
        means: what each head fetches on average, (L, S, 1, H, N, K).
    """

    model: Transformer
    runs: tuple[CachedRun, ...]
    answers: Int[Tensor, "batch readout"]
    means: Float[Tensor, "layer seed 1 head node size"]

    @classmethod
    def on(cls, model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]) -> "Ablation":
        """Prepare to ablate heads of a model on all addresses of some memories.

        Args:
            model: the model, of S seeds.
            task: the pointer task that it answers.
            memories: bits, (memory, cell).
        """
        layout, tokens = task.layout("trie"), task.trie_tokens(memories)
        sites = [Site("z", layer) for layer in range(model.config.layers)]
        means = means_of(model, tokens, layout, sites)
        runs = tuple(CachedRun.of(model, tokens[batch], layout) for batch in batches(model, len(tokens), layout.size))
        return cls(model=model, runs=runs, answers=memories, means=torch.stack([means[site] for site in sites]))

    def accuracy(self, off: Bool[Tensor, "layer seed head"]) -> Float[Tensor, "seed"]:
        """Measure the share of right answers without some heads.

        Args:
            off: which heads each seed runs without; none at all gives the model's own accuracy.

        Returns:
            One share a seed.
        """
        layers = [layer for layer in range(len(off)) if off[layer].any()]
        tap = mean_heads({layer: self.means[layer] for layer in layers}, {layer: off[layer] for layer in layers})
        answers = [(run.rerun(tap) if layers else run.logits).argmax(-1) for run in self.runs]
        return (torch.cat(answers, dim=1) == self.answers).double().mean((1, 2))

    def each(self) -> Float[Tensor, "layer seed head"]:
        """Measure the accuracy of every seed without one head, for each of its heads."""
        layers, seeds, heads = self.model.config.layers, len(self.model.seeds), self.model.config.heads
        found = torch.zeros(layers, seeds, heads, dtype=torch.float64)
        for layer in range(layers):
            for head in range(heads):
                off = torch.zeros(layers, seeds, heads, dtype=torch.bool)
                off[layer, :, head] = True
                found[layer, :, head] = self.accuracy(off)
        return found
