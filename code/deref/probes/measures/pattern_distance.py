"""Heads beside one another: how far apart their patterns are, and what a model loses without some of them."""

import dataclasses
import functools

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site, chain, patch
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout
from deref.tasks.pointer import PointerTask


@torch.no_grad()
def pattern_distance(
    model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"]
) -> Float[Tensor, "layer seed head head"]:
    """Measure how far apart the patterns of two heads of a layer are, where the readout looks.

    The distance of two patterns is the weight that would have to move to make one of the other (their total variation):
    0 for equal ones, 1 for heads that look at different positions. It is averaged over memories and addresses.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        Distances from 0 to 1, (L, S, H, H), symmetric.
    """
    layout = task.layout("trie")
    pattern = model.read(task.trie_tokens(memories), layout, sites=["pattern"]).pattern
    looks = pattern[..., layout.readouts, :].transpose(2, 3).flatten(3, 4)  # (L, S, H, B R, N)
    apart = [(looks - looks[:, :, head, None]).abs().sum(-1).mean(-1) / 2 for head in range(looks.shape[2])]
    return torch.stack(apart, dim=-1)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Ablation:
    """A model that can do without chosen heads: each gives what it fetches on average instead of what it fetches.

    The average is over memories and over the nodes at a position, so it knows neither the memory nor the address.

    Args:
        model: the model, of S seeds.
        layout: the layout of the sequences.
        tokens: the sequences, (B, N).
        answers: the right answers, (B, R).
        means: what each head fetches on average, (L, S, 1, H, N, K).
    """

    model: Transformer
    layout: Layout
    tokens: Int[Tensor, "batch node"]
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
        z = model.read(tokens, layout, sites=["z"]).z.mean(2)  # (L, S, H, N, K)
        same = (layout.positions[:, None] == layout.positions).to(z.dtype)
        means = (same / same.sum(1, keepdim=True)) @ z
        return cls(model=model, layout=layout, tokens=tokens, answers=memories, means=means.unsqueeze(2))

    @torch.no_grad()
    def accuracy(self, off: Bool[Tensor, "layer seed head"]) -> Float[Tensor, "seed"]:
        """Measure the share of right answers without some heads.

        Args:
            off: which heads each seed does without; none at all gives the model's own accuracy.

        Returns:
            One share a seed.
        """
        def without(layer: int, z: Tensor) -> Tensor:
            return torch.where(off[layer, :, None, :, None, None], self.means[layer], z)

        tap = chain(*(patch(Site("z", layer), functools.partial(without, layer))
                      for layer in range(len(off)) if off[layer].any()))
        answers = self.model(self.tokens, self.layout, tap=tap).argmax(-1)
        return (answers == self.answers).double().mean((1, 2))

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
