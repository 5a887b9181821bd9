"""How much of what stands at the readout is the address: gathering, measured as a share of variance.

A linear probe cannot say when an address was gathered. It scales every direction up to the same size, and a trace of
each token reaches the readout from the first step on, through attention that is spread evenly; so a probe may read the
bits off an untrained model. What the next layer reads has one scale, and this is the share of it that is the address.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap
from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.tasks.pointer import PointerTask


@torch.no_grad()
def address_share(
    model: Transformer, task: PointerTask, memories: Int[Tensor, "memory cell"], layer: int = 0
) -> Float[Tensor, "seed bit"]:
    """The share of the variance at the readout, behind one layer, that each address bit explains.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers; its memory has 2^A cells.
        memories: bits, (memory, cell); every address of each is read.
        layer: the layer, from 0.

    Returns:
        Of the stream behind that layer, each vector brought to mean 0 and variance 1 as the next layer's LayerNorm
        does: the variance that is a multiple of one address bit, over all variance across memories and addresses. The
        shares of different bits do not overlap.

    Raises:
        ValueError: a memory whose size is no power of two, in whose addresses bits do not vary freely; or no memories.
    """
    if task.M != 2**task.A:
        raise ValueError(f"expected a memory of a power of two of cells, so that every address bit varies freely, "
                         f"got {task.M}")
    if not len(memories):
        raise ValueError("expected at least one memory, got none")
    layout, tokens = task.layout("trie"), task.trie_tokens(memories)
    found: list[Tensor] = []
    tap = SiteTap(frozenset({Site("resid_post", layer)}), lambda _, x: found.append(x.cpu().double()))
    for batch in batches(model, len(tokens), layout.size):
        model(tokens[batch].to(model.token.device), layout, tap=tap)
    stream = torch.cat(found, dim=1)[..., layout.readouts, :]  # (seed, memory, address, width)
    stream = F.layer_norm(stream, stream.shape[-1:])
    sign = task.address_bits(torch.arange(task.M)).double() * 2 - 1
    effect = torch.einsum("smad,ab->sbd", stream, sign) / (len(memories) * task.M)
    whole = (stream - stream.mean((1, 2), keepdim=True)).square().mean((1, 2)).sum(-1)
    return effect.square().sum(-1) / whole[:, None]
