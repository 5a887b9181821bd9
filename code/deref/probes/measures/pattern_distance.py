"""The distance between the attention patterns of heads."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.transformer import Transformer
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
