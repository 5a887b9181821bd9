"""Path ablation: what a head sends along one direct path to an input of later heads is replaced; nothing else is.

Ablating a head changes everything behind it. Here it goes on writing what it wrote, for all but one reader: the
receiving heads' queries, keys or values are computed anew, from a stream in which something else stands in for what the
sender wrote. It is path patching (`deref.probes.interventions.path_patching`) with a stand-in for the other run.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site
from deref.probes.base.chosen import Several, parts, several
from deref.probes.base.tappable import Head, Tappable, check_heads, heads_of, layers_of
from deref.probes.interventions.path_patching import INPUTS, receive
from deref.probes.interventions.path_runs import PathRun
from deref.tasks.layout import Layout


@torch.no_grad()
def ablate_path(
    model: Tappable,
    tokens: Int[Tensor, "batch node"],
    layout: Layout,
    sender: Head | tuple[int, int],
    *,
    into: str,
    layer: int,
    nodes: Several | None = None,
    instead: Float[Tensor, "#seed #batch node width"] | None = None,
) -> Float[Tensor, "seed batch readout output"]:
    """Answer without what a head sends along the direct path to one input of all heads of a later block.

    Args:
        model: any model that can be tapped.
        tokens: sequences, (B, N), on the model's device.
        layout: positions, mask and readouts of their nodes.
        sender: the head, by layer and number.
        into: the input that is computed anew, "q", "k" or "v".
        layer: the block that receives, above the sender's.
        nodes: the nodes at which the input is computed anew; None means all.
        instead: what the sender writes for this one reader, as at the site head_out; None writes zero.

    Returns:
        Logits, (S, B, R, V).

    Raises:
        ValueError: a sender, input, block or node that does not exist, or a block that is not above the sender's.
    """
    (sender,), nodes = parts("sender", [sender]), several("nodes", nodes)
    layers, heads = layers_of(model), heads_of(model, tokens[:1], layout)
    check_heads([sender], layers, heads)
    if into not in INPUTS:
        raise ValueError(f"expected an input, one of {', '.join(INPUTS)}, got {into!r}")
    if not sender.layer < layer < layers:
        raise ValueError(f"expected a receiving layer from {sender.layer + 1} to {layers - 1}, got {layer}")
    run, site = PathRun.along(model, tokens, layout, through_mlps=False), Site("head_out", sender.layer)
    wrote = run.written(sender.layer, {site})[site][:, :, sender.head]
    change = (torch.zeros_like(wrote) if instead is None else instead) - wrote
    return receive(run, sender, change, (into,), [Head(layer, head) for head in range(heads)], nodes)
