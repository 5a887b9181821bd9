"""Whole heads switched off in long repeats: what that costs, and what one derivative says that it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.lm.baseline import baseline
from deref.lm.margins import margins
from deref.lm.model import LanguageModel, causal_layout
from deref.lm.repeats import AGAIN, FIRST
from deref.model.taps import Site, SiteTap
from deref.probes.base.tappable import Head, every_head


@dataclass(frozen=True, kw_only=True, eq=False)
class Ablations:
    """The margin on the repeat that is lost without each head, its mean in place of what it fetches.

    Args:
        gain: of the margin by repetition.
        estimated: to first order.
        measured: by switching it off.
    """

    gain: Float[Tensor, "sequence"]
    estimated: Float[Tensor, "head sequence"]
    measured: Float[Tensor, "head sequence"]


def ablations(
    model: LanguageModel, tokens: Int[Tensor, "sequence node"], heads: Sequence[Head] | None = None
) -> Ablations:
    """Switch off heads of the model, each by itself.

    Args:
        model: the model.
        tokens: repeats, as `deref.lm.repeats` makes them.
        heads: which; None for every one, block by block.
    """
    run, added, fetched = baseline(model, tokens), {}, {}
    sites = [Site("z", layer) for layer in range(model.shape.layers)]

    def add(site: Site, z: Tensor) -> Tensor:
        fetched[site], added[site] = z.detach()[0], torch.zeros_like(z).requires_grad_()
        return z + added[site]

    with torch.enable_grad():
        logits = model(tokens, causal_layout(tokens.shape[1], AGAIN), tap=SiteTap(frozenset(sites), add))[0]
        clean = margins(logits, tokens, AGAIN).mean(1)
        slopes = torch.autograd.grad(clean.sum(), [added[site] for site in sites])
    clean = clean.detach()
    estimated = []
    for site, slope, means in zip(sites, slopes, run.means, strict=True):
        change = means[None, :, None] - fetched[site]
        change[:, :, 0] = 0  # the first token is left alone
        estimated.append(-(slope[0] * change).sum((2, 3)).T)
    everyone = every_head(model.shape.layers, model.shape.heads)
    heads = everyone if heads is None else heads
    left = torch.stack([margins(run.logits(AGAIN, without=[head]), tokens, AGAIN).mean(1) for head in heads])
    gain = clean - margins(run.logits(FIRST), tokens, FIRST).mean(1)
    return Ablations(gain=gain, estimated=torch.cat(estimated)[[everyone.index(head) for head in heads]],
                     measured=clean - left)
