"""Ablation: replace the output of a part of the model, and measure the change of the answers.

What is taken away has a size, so something must stand in its place, and results depend on what does:

    zero       nothing: a head fetches 0, a sublayer adds 0, an edge has weight 0 and the other weights stay
    mean       what it gives on average, over sequences; the average is the same for all sequences
    resample   what it gave in another sequence: a value of the usual kind, with other content
    uniform    of a head only: it still fetches, but weighs all that it may see alike
    mask       of an edge only: the query may not see the key, and its other weights grow to sum to 1

Source of mask: Geva et al., Dissecting Recall of Factual Associations in Auto-Regressive Language Models (2023),
arXiv:2304.14767, "attention knockout".
"""

import dataclasses
from collections.abc import Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.model.taps import Site, chain
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.chosen import Several, parts, several
from deref.probes.base.tappable import Tappable
from deref.probes.interventions.ablation_targets import KINDS, Edge, Part, Parts, stand_ins, taps_of
from deref.tasks.layout import Layout


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Ablated:
    """What the answers were, and what they are without each of some sets of parts.

    Args:
        sets: the sets that were taken away, one at a time.
        kind: what stood in their place.
        loss_before: minus the log-probability of the right answer, in nats, (seed, batch, readout).
        loss: the same without each set, (set, seed, batch, readout).
        correct_before: whether the right answer is the likeliest, (seed, batch, readout).
        correct: the same without each set, (set, seed, batch, readout).
        margin_before: logit of the right answer less that of the other one, (seed, batch, readout); None where no other
            answers were given.
        margin: the same without each set, (set, seed, batch, readout), or None.
    """

    sets: tuple[Parts, ...]
    kind: str
    loss_before: Float[Tensor, "seed batch readout"]
    loss: Float[Tensor, "set seed batch readout"]
    correct_before: Bool[Tensor, "seed batch readout"]
    correct: Bool[Tensor, "set seed batch readout"]
    margin_before: Float[Tensor, "seed batch readout"] | None
    margin: Float[Tensor, "set seed batch readout"] | None

    def accuracy(self) -> Float[Tensor, "set seed"]:
        """The share of right answers without each set."""
        return self.correct.double().mean((2, 3))

    def accuracy_before(self) -> Float[Tensor, "seed"]:
        """The share of right answers of the whole model."""
        return self.correct_before.double().mean((1, 2))


@torch.no_grad()
def ablate(
    model: Tappable,
    tokens: Int[Tensor, "batch node"],
    layout: Layout,
    targets: Int[Tensor, "batch readout"],
    sets: Iterable[Iterable[Part | tuple[int, int]] | Part],
    *,
    kind: str = "mean",
    nodes: Several | None = None,
    pool: str = "position",
    donors: Int[Tensor, "donor node"] | None = None,
    others: Int[Tensor, "batch readout"] | None = None,
    batch: int = 64,
) -> Ablated:
    """Take away sets of parts, one set at a time, and compare the answers.

    Args:
        model: any model that can be tapped.
        tokens: sequences, (B, N), on the model's device.
        layout: positions, mask and readouts of their nodes.
        targets: the right answer at every readout, (B, R).
        sets: the sets; each a sequence of parts that are taken away together: `Head(layer, head)`,
            `Site("attn_out", i)`, `Site("mlp_out", i)` or `Edge(query, key, ...)`. An empty set takes nothing away.
        kind: what stands in their place: "zero", "mean", "resample", "uniform" or "mask"; see this module's head.
        nodes: the nodes at which heads and sublayers are taken away; None takes them away everywhere.
        pool: what a mean is over, sequences always; with "position" also over nodes at the same position, so a part
            keeps what it gives there on average; with "nodes" over all of `nodes`.
        donors: the sequences that means and resampled values come from. None takes `tokens`, where each sequence's
            value is resampled from the one before it.
        others: wrong answers to compare the targets with, (B, R), for margins.
        batch: how many sequences to run at once.

    Returns:
        Losses, right answers and margins before and without each set, on the CPU.

    Raises:
        ValueError: no sequences, an unknown kind, pool or part, a kind that a part cannot have, donors that do not fit,
            a node, layer or head that does not exist, or an edge whose mask leaves a query without keys.
    """
    if not len(tokens):
        raise ValueError("expected at least one sequence, got none")
    if kind not in KINDS:
        raise ValueError(f"expected a kind of ablation, one of {', '.join(KINDS)}, got {kind!r}")
    if batch < 1:
        raise ValueError(f"expected batches of at least 1 sequence, got {batch}")
    sets, nodes = tuple(parts("the parts of a set", some, Site, Edge) for some in sets), several("nodes", nodes)
    layout = layout.to(tokens.device)
    given = stand_ins(model, tokens, layout, sets, kind=kind, nodes=nodes, pool=pool, donors=donors, batch=batch)
    found = []
    for start in range(0, len(tokens), batch):
        rows = slice(start, start + batch)
        asked = (targets[rows], None if others is None else others[rows])
        run = CachedRun.of(model, tokens[rows], layout)
        each = [_score(run.logits, *asked)]
        for some in sets:
            tap = chain(*taps_of(some, model, layout, given, rows, kind=kind, nodes=nodes))
            each.append(_score(run.rerun(tap) if some else run.logits, *asked))
        found.append([torch.stack(part) for part in zip(*each, strict=True)])
    loss, correct, *margin = (torch.cat(part, dim=2).cpu() for part in zip(*found, strict=True))
    return Ablated(sets=sets, kind=kind, loss_before=loss[0], loss=loss[1:], correct_before=correct[0],
                   correct=correct[1:], margin_before=margin[0][0] if margin else None,
                   margin=margin[0][1:] if margin else None)


def _score(logits: Tensor, targets: Tensor, others: Tensor | None) -> list[Tensor]:
    """Loss, right or wrong, and margins where there are other answers: each (seed, batch, readout)."""

    def of(answers: Tensor) -> Tensor:
        return logits.gather(-1, answers.expand(len(logits), -1, -1)[..., None])[..., 0]

    scores = [logits.logsumexp(-1) - of(targets), logits.argmax(-1) == targets]
    return scores if others is None else [*scores, of(targets) - of(others)]
