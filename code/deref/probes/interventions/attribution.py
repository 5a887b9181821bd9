"""Attribution: what patching an edge or a node would do, estimated for all of them at once from derivatives.

A patch moves what an edge carries from the clean run's to the corrupted run's. To first order the margin then moves by
the derivative of the margin by what is carried, times the move:

    EAP                  the derivative of the clean run; two forward passes and one backward for all edges together
    EAP-IG               the mean of derivatives on the way from the clean embedding to the corrupted one
    attribution patching the same as EAP for a node: what a head reads at one position, whoever looks at it. Its score
                         is the sum of those of the edges that leave the node

A softmax or a GELU that is saturated has no slope, and EAP then finds nothing where patching finds all.

Sources: Nanda, Attribution Patching: Activation Patching At Industrial Scale (2023); Syed, Rager and Conmy, Attribution
Patching Outperforms Automated Circuit Discovery (2023), arXiv:2310.10348; Hanna, Pezzelle and Belinkov, Have Faith in
Faithfulness (2024), arXiv:2403.17806.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import chain, patch
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Tappable
from deref.probes.interventions.edge_runs import EdgeScores, HeadEdge, carrying, chosen_edges, embedded_sources
from deref.probes.interventions.path_runs import EMBEDDING


def attribute_edges(
    model: Tappable, pairs: Pairs, *, edges: Sequence[HeadEdge] | None = None, steps: int = 1
) -> EdgeScores:
    """Estimate the margin that patching each edge would lose, by EAP or, in several steps, by EAP-IG.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        edges: the edges; None tries all that `attention_edges` lists.
        steps: at how many embeddings the derivative is taken, from the clean one on towards the corrupted one, which is
            left out; 1 is EAP.

    Returns:
        The estimated loss of margin, in units of logits.

    Raises:
        ValueError: no step, or edges that do not fit.
    """
    edges = chosen_edges(model, pairs.clean, pairs.layout, edges)
    slopes = _slopes(model, pairs, steps)
    scores = torch.stack([-slopes[e.layer][:, :, e.head, e.query, e.key] for e in edges])
    return EdgeScores(edges=edges, scores=scores.cpu(), forward=2 + steps, backward=steps)


def attribute_sources(model: Tappable, pairs: Pairs, *, edges: Sequence[HeadEdge] | None = None) -> EdgeScores:
    """Estimate the margin that patching each node would lose, and give every edge the score of the node it leaves.

    A node is what one head reads at one position: its key and its value there.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        edges: the edges; None takes all that `attention_edges` lists.

    Returns:
        The estimated loss of margin, in units of logits.
    """
    edges = chosen_edges(model, pairs.clean, pairs.layout, edges)
    slopes = [slope.sum(3) for slope in _slopes(model, pairs, 1)]
    scores = torch.stack([-slopes[e.layer][:, :, e.head, e.key] for e in edges])
    return EdgeScores(edges=edges, scores=scores.cpu(), forward=3, backward=1)


def _slopes(model: Tappable, pairs: Pairs, steps: int) -> list[Float[Tensor, "seed pair head node node"]]:
    """By block, the derivative of the margin by the share of each edge that is patched, mean over steps."""
    if steps < 1:
        raise ValueError(f"expected at least 1 step, got {steps!r}")
    layout = pairs.layout
    (start, clean), (end, corrupted) = (embedded_sources(model, tokens, layout)
                                        for tokens in (pairs.clean, pairs.corrupted))
    moved, total = corrupted.less(clean), [v.new_zeros(*v.shape[:4], v.shape[3]) for v in clean.v]
    for step in range(steps):
        shares = {layer: v.new_zeros(*v.shape[:4], v.shape[3]).requires_grad_() for layer, v in enumerate(clean.v)}
        mixed = patch(EMBEDDING, start + step / steps * (end - start))
        with torch.enable_grad():
            logits = model(pairs.clean, layout, tap=chain(mixed, carrying(shares, moved, shift=True)))
            found = torch.autograd.grad(pairs.margin(logits).sum(), list(shares.values()))
        total = [a + b for a, b in zip(total, found, strict=True)]
    return [slope / steps for slope in total]
