"""Path patching: what one component sends to another, or to the logits, along the direct path between them.

Patching a head changes everything downstream of it. Path patching changes one edge: the sender's output is taken from
the other run, the receiver's input is computed anew from the stream with that output in it, and every component in
between gives what it gave before. So only the path from sender to receiver carries the change; what the receiver then
computes from it is passed on without restriction.

Without MLPs on the way the path is the residual stream itself, and the change that arrives is the change that was sent.
With `through_mlps` the path may also lead through MLPs, which are computed anew, and still not through any attention.

Source: Wang et al., Interpretability in the Wild: a Circuit for Indirect Object Identification in GPT-2 Small (2022),
arXiv:2211.00593, whose paths may lead through MLPs; Goldowsky-Dill et al., Localizing Model Behavior with Path Patching
(2023), arXiv:2304.05969.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.taps import Site, chain
from deref.probes.base.chosen import Several, parts, several
from deref.probes.base.pairs import Pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.recovery import Recovered, Sides, recovered
from deref.probes.base.tappable import Head, Tappable, check_heads, has_mlp, heads_of, layers_of, read_on
from deref.probes.interventions.path_runs import EMBEDDING, PathRun, Sender, changes

INPUTS = ("q", "k", "v")


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class PathPatches(Recovered):
    """How much of the answer followed the direct path from each sender to the receiver.

    Args:
        senders: the senders: heads, sublayers, or the embedding.
        into: what receives: "logits", or inputs of heads, some of "q", "k", "v".
        receivers: the heads that receive, together; none where the logits do.
        recovery: (seed, pair, sender).
    """

    senders: tuple[Sender, ...]
    into: tuple[str, ...]
    receivers: tuple[Head, ...]
    recovery: Float[Tensor, "seed pair sender"]

    @property
    def names(self) -> tuple[str, ...]:
        """The senders in words: "embedding", "L0H1", "mlp_out 0"."""
        return tuple("embedding" if sender == EMBEDDING else str(sender) if isinstance(sender, Head)
                     else f"{sender.name} {sender.layer}" for sender in self.senders)


def components(model: Tappable, heads: int, *, before: int | None = None) -> tuple[Sender, ...]:
    """List what adds to the stream: the embedding, then each block's heads and MLP.

    Together they are all of the stream but constants (biases of attention sublayers).

    Args:
        model: the model.
        heads: the number of heads of a block.
        before: list blocks before this one only; None lists all.
    """
    found: list[Sender] = [EMBEDDING]
    for layer in range(layers_of(model) if before is None else before):
        found += [Head(layer, head) for head in range(heads)]
        found += [Site("mlp_out", layer)] if has_mlp(model) else []
    return tuple(found)


@torch.no_grad()
def path_patch(
    model: Tappable,
    pairs: Pairs,
    *,
    into: str | Sequence[str] = "logits",
    receivers: Head | tuple[int, int] | Iterable[Head | tuple[int, int]] = (),
    senders: Sender | tuple[int, int] | Iterable[Sender | tuple[int, int]] | None = None,
    direction: str = "denoise",
    nodes: Several | None = None,
    into_nodes: Several | None = None,
    through_mlps: bool = False,
    threshold: float = 1.0,
    batch: int = 16,
) -> PathPatches:
    """Patch the direct path from each sender, one at a time, to the receiver.

    A sender in a receiver's own block or a later one has no path to it, and recovers exactly nothing.

    Args:
        model: any model that can be tapped.
        pairs: clean and corrupted sequences, on the model's device.
        into: "logits", or one or several of "q", "k", "v": which inputs of the receiving heads to compute anew.
        receivers: the head or heads that receive, patched together; none for the logits.
        senders: one or several: heads, `Site("mlp_out", i)`, `Site("attn_out", i)`, or `EMBEDDING`; None tries every
            component of `components` that comes before the last receiver.
        direction: "denoise" sends what the clean run has into the corrupted run, "noise" the opposite.
        nodes: the nodes at which the sender's output is replaced, together; None replaces all.
        into_nodes: the nodes at which the receivers' inputs are replaced; None replaces all.
        through_mlps: whether the path may lead through MLPs.
        threshold: the gap of margins, in units of logits, that a kept pair exceeds.
        batch: how many pairs to run at once.

    Returns:
        Recovery of every pair and sender, on the CPU.

    Raises:
        ValueError: no pairs, another direction, a sender or receiver that does not exist, logits that are given
            receiving heads or inputs that are given none, a negative threshold or an empty batch.
    """
    inputs = (into,) if isinstance(into, str) else tuple(into)
    receivers, nodes = parts("receivers", receivers), several("nodes", nodes)
    into_nodes = several("into_nodes", into_nodes)
    sides = Sides(pairs=pairs, direction=direction)
    heads, layers = heads_of(model, pairs.clean[:1], pairs.layout), layers_of(model)
    _check(inputs, receivers, layers, heads)
    if into_nodes is not None and not receivers:
        raise ValueError("expected into_nodes for receiving heads; the logits have only the readout")
    last = max((head.layer for head in receivers), default=layers)
    senders = components(model, heads, before=last) if senders is None else parts("senders", senders, Site)
    _check_senders(senders, layers, heads)
    found = []
    for some in sides.batches(batch):
        base, source = (PathRun.along(model, tokens, some.layout, through_mlps=through_mlps)
                        for tokens in (some.base, some.source))
        patched = [some.pairs.margin(receive(base, sender, change, inputs, receivers, into_nodes))
                   for sender, change in zip(senders, changes(base, source, senders, nodes), strict=True)]
        found.append([x.cpu() for x in (some.pairs.margin(base.logits), some.pairs.margin(source.logits),
                                        torch.stack(patched, dim=-1))])
    gap, recovery = recovered(direction, threshold, *(torch.cat(part, dim=1) for part in zip(*found, strict=True)))
    return PathPatches(direction=direction, threshold=threshold, gap=gap, recovery=recovery, senders=senders,
                       into=inputs, receivers=receivers)


def receive(
    base: PathRun, sender: Sender, change: Tensor, inputs: Sequence[str], receivers: Sequence[Head],
    nodes: Sequence[int] | None,
) -> Tensor:
    """Answer in a run in which a change of what one component writes reaches some receivers alone.

    Args:
        base: the run.
        sender: the component.
        change: what it writes now, less what it wrote, (S, B, N, D).
        inputs: which inputs of the receivers are computed anew, some of "q", "k", "v".
        receivers: the heads; none for the logits.
        nodes: the nodes at which inputs are replaced; None replaces all.

    Returns:
        Logits, (S, B, R, V).
    """
    model, layout, end = base.model, base.layout, len(base.streams) - 1
    if not receivers:
        return model.from_layer(end, base.arriving(sender, change, end), layout)
    above = sorted({head.layer for head in receivers if sender == EMBEDDING or head.layer > sender.layer})
    if not above:
        return base.logits
    taps = []
    for layer in above:
        sites = [Site(name, layer) for name in inputs]
        new = read_on(model, layer, base.arriving(sender, change, layer), layout, sites)
        heads = [head.head for head in receivers if head.layer == layer]
        taps += [patch_at(site, new[site], nodes=nodes, heads=heads) for site in sites]
    return model.from_layer(above[0], base.streams[above[0]], layout, chain(*taps))


def _check(inputs: Sequence[str], receivers: Sequence[Head], layers: int, heads: int) -> None:
    if inputs != ("logits",) and (not inputs or not {*inputs} <= {*INPUTS}):
        raise ValueError(f"expected into to be logits, or some of {', '.join(INPUTS)}, got {', '.join(inputs)}")
    if (inputs == ("logits",)) != (not receivers):
        raise ValueError(f"expected receiving heads for q, k and v, and none for the logits, "
                         f"got {len(receivers)} for {', '.join(inputs)}")
    check_heads(receivers, layers, heads)


def _check_senders(senders: Sequence[Sender], layers: int, heads: int) -> None:
    check_heads([sender for sender in senders if isinstance(sender, Head)], layers, heads)
    wrong = [str(sender) for sender in senders if isinstance(sender, Site)
             and sender != EMBEDDING and sender.name not in ("attn_out", "mlp_out")]
    if wrong:
        raise ValueError(f"expected senders to be heads, sites attn_out or mlp_out, or the embedding, "
                         f"got {', '.join(wrong)}")
