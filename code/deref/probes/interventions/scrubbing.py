"""Causal scrubbing: a whole hypothesis of how a model computes, tested at once.

A hypothesis says of every activation on the way to the answer which tokens of the input it hangs on. If it is right,
the activation may come from any other input that agrees on those tokens. So every activation is replaced by that of a
donor, a sequence that keeps those tokens and has all others drawn anew; each activation has donors of its own, and what
an activation is computed from is replaced likewise, back to the embedding. What survives of the answer is what the
hypothesis explains.

A hypothesis is written down as a tree. A leaf is a tuple of places, the tokens that a donor keeps; the empty tuple says
that an activation hangs on nothing but its position. `StreamParts` takes a stream apart into what was added to it, and
`AttentionParts` what an attention sublayer adds into its query, keys and values. Whatever it does not name hangs on
nothing.

Source: Chan et al., Causal Scrubbing: a method for rigorously testing interpretability hypotheses (2022). There all
activations that a hypothesis leaves out of one computation share a donor; here each has its own, which is stricter.
"""

import dataclasses
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.transformer import Transformer
from deref.probes.base.batches import batches
from deref.probes.base.questions import OWN, Questions
from deref.probes.base.tappable import has_mlp, layers_of

Leaf = tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AttentionParts:
    """What an attention sublayer adds to the stream at one node, taken apart.

    Args:
        query: what the query may hang on.
        keys: what keys may hang on, by the place of their nodes; a node of several places goes by the first.
        values: what values may hang on, likewise.
    """

    query: "Leaf | StreamParts" = ()
    keys: Mapping[str, "Leaf | StreamParts"] = dataclasses.field(default_factory=dict)
    values: Mapping[str, "Leaf | StreamParts"] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamParts:
    """A stream at one node, taken apart into what was added to it.

    Args:
        embedding: what the embedding may hang on.
        layers: what each earlier attention sublayer's part may hang on, the first layer's first.
    """

    embedding: Leaf = ()
    layers: tuple[Leaf | AttentionParts, ...] = ()


Hypothesis = Leaf | StreamParts
"""What the stream behind the last block may hang on, at the readout."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Scrubbed:
    """What is left of a model's answers.

    Args:
        right: the share of right answers after scrubbing, by seed.
        loss: mean cross-entropy after scrubbing, in nats.
        loss_before: that of the model as it is.
        loss_random: that of everything scrubbed, where each answer is one to another question: the mean over all pairs
            of a question and another's answer.
    """

    right: Float[Tensor, "seed"]
    loss: Float[Tensor, "seed"]
    loss_before: Float[Tensor, "seed"]
    loss_random: Float[Tensor, "seed"]

    @property
    def kept(self) -> Float[Tensor, "seed"]:
        """The share of the loss kept: 1 as good as the model, 0 as bad as answers to other questions, or below."""
        return 1 - (self.loss - self.loss_before) / (self.loss_random - self.loss_before)


def scrub(model: Transformer, questions: Questions, hypothesis: Hypothesis) -> Scrubbed:
    """Answer questions with every activation from a donor that a hypothesis takes to be as good.

    Args:
        model: without MLPs; of S seeds, which get the same donors.
        questions: the questions.
        hypothesis: what may hang on what.

    Returns:
        Accuracy and losses.

    Raises:
        ValueError: a model with MLPs, a layout of several readouts, a place that the questions lack, or parts of other
            layers than the model's.
    """
    if has_mlp(model):
        raise ValueError("expected a model without MLPs, got one that has them")
    if len(questions.layout.readouts) != 1:
        raise ValueError(f"expected a layout with one readout, got {len(questions.layout.readouts)}")
    with torch.no_grad():
        before = model(questions.tokens, questions.layout)[:, :, 0].double().log_softmax(-1)
    after = scrubbed_logits(model, questions, hypothesis).double().log_softmax(-1)
    answers, each = questions.answers, torch.arange(len(questions))
    return Scrubbed(right=(after.argmax(-1) == answers).double().mean(1), loss=-after[:, each, answers].mean(1),
                    loss_before=-before[:, each, answers].mean(1), loss_random=-before.mean(1)[:, answers].mean(1))


@torch.no_grad()
def scrubbed_logits(
    model: Transformer, questions: Questions, hypothesis: Hypothesis
) -> Float[Tensor, "seed question output"]:
    """As `scrub`, but the logits."""
    readout, layers, found = int(questions.layout.readouts[0]), layers_of(model), []
    for batch in batches(model, len(questions), questions.layout.size):
        some = questions[batch]
        rows = torch.arange(len(some))
        stream = _Scrubbing(model, some).stream(hypothesis, rows, readout, layers)
        found.append(model.unembed(stream[:, :, None])[:, :, 0])
    return torch.cat(found, dim=1)


class _Scrubbing:
    """One walk down a hypothesis; `rows` are the questions that something is computed for."""

    def __init__(self, model: Transformer, questions: Questions):
        self.model, self.questions = model, questions

    def donors(self, leaf: Leaf, rows: Tensor, node: int) -> Tensor:
        """Sequences that keep the tokens of some places, and have the others drawn anew."""
        tokens = self.questions.tokens[rows]
        keep = torch.zeros(tokens.shape, dtype=torch.bool)
        for place in leaf:
            if place == OWN:
                keep[:, node] = True
            else:
                keep |= self.place(place)[rows]
        return torch.where(keep, tokens, self.questions.draw(len(tokens)))

    def place(self, name: str) -> Tensor:
        """Where a place is, (question, node)."""
        if name not in self.questions.places:
            raise ValueError(f"expected places among {', '.join((OWN, *self.questions.places))}, got {name!r}")
        return self.questions.places[name]

    def run(self, leaf: Leaf, rows: Tensor, node: int, layer: int, *, added: bool = False) -> Tensor:
        """What enters a block of donors at a node, or what the block before it added: (seed, question, width)."""
        model, layout = self.model, self.questions.layout
        resid = model.embed(self.donors(leaf, rows, node), layout)
        for i in range(layer):
            q, k, v = model.project(i, resid, layout.positions)
            asked = slice(node, node + 1) if i == layer - 1 else slice(None)  # the others are not read any more
            base = torch.zeros_like(resid) if added and i == layer - 1 else resid
            resid = model.finish(i, base[:, :, asked], q[:, :, asked], k, v, layout.mask[asked])
        return resid[:, :, 0 if layer else node]

    def stream(self, parts: Leaf | StreamParts, rows: Tensor, node: int, layer: int) -> Tensor:
        """What enters a block at a node, (seed, question, width)."""
        if not isinstance(parts, StreamParts):
            return self.run(parts, rows, node, layer)
        if len(parts.layers) != layer:
            raise ValueError(f"expected the parts of {layer} layers, got {len(parts.layers)}")
        total = self.run(parts.embedding, rows, node, 0)
        for i, part in enumerate(parts.layers):
            whole = isinstance(part, AttentionParts)
            total = total + (self.attention(part, rows, node, i) if whole
                             else self.run(part, rows, node, i + 1, added=True))
        return total

    def attention(self, parts: AttentionParts, rows: Tensor, node: int, layer: int) -> Tensor:
        """What an attention sublayer adds at a node, (seed, question, width)."""
        layout = self.questions.layout
        seen = layout.mask[node].nonzero().flatten()
        asking = self.stream(parts.query, rows, node, layer)[:, :, None]
        q = self.model.project(layer, asking, layout.positions[node : node + 1])[0]
        sides = [torch.stack([self.source(side, rows, other, layer) for other in seen.tolist()], dim=2)
                 for side in (parts.keys, parts.values)]
        k, v = (self.model.project(layer, x, layout.positions[seen])[i] for i, x in enumerate(sides, start=1))
        # Without an MLP, a block adds to a stream what its attention adds, whatever the stream.
        return self.model.finish(layer, torch.zeros_like(asking), q, k, v, layout.mask[node : node + 1, seen])[:, :, 0]

    def source(
        self, side: Mapping[str, Leaf | StreamParts], rows: Tensor, node: int, layer: int
    ) -> Tensor:
        """The stream that keys or values at one node are made of; its parts differ where the node's place does."""
        left = torch.ones(len(rows), dtype=torch.bool)
        chosen: list[tuple[Tensor, Leaf | StreamParts]] = []
        for name, parts in side.items():
            here = left & self.place(name)[rows][:, node]
            chosen.append((here.nonzero().flatten(), parts))
            left = left & ~here
        chosen.append((left.nonzero().flatten(), ()))
        found = [(some, self.stream(parts, rows[some], node, layer)) for some, parts in chosen
                 if len(some)]
        order = torch.cat([some for some, _ in found]).argsort()
        return torch.cat([x for _, x in found], dim=1)[:, order]
