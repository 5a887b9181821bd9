"""Edges from the heads of the language model: what patching each loses, estimated and measured."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from deref.lm.model import language_model
from deref.lm.repeats import random_repeats
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.head_edges import HeadEdges
from deref.sections.ch07.estimates.ablations import Ablations, ablations
from deref.sections.ch07.estimates.prompts import names, repeats
from deref.sections.ch07.language.single_heads import mattering
from deref.sweep import Table, sweep
from evidence.runs import Store

SEEDS, SEQUENCES = range(8), range(10, 15)
"""Draws of the short repeats, and of the long ones."""

FURTHER, BATCH = range(20, 44), 8
"""Draws of further long repeats, and how many of them share the mean of a head."""

COUNTS = 0.02
"""An effect counts from this share of the gap, or of the gain, on."""

RECEIVERS = {"repeats": (Head(24, 4), Head(18, 6), Head(23, 7)), "names": (Head(23, 3), Head(20, 0), Head(17, 4))}
"""Heads behind other layers whose patch moved the margin most on prompts that are not reported: the short repeats of
seeds 100 to 105, and six sentences of the section on the language model."""


@sweep("lm-edges", part="repeats", about="Edges from every head of the language model to all that is behind it, to "
       "the logits, and to three heads, on random tokens that begin to repeat: the margin that a patch loses, as a "
       "share of the gap, estimated and measured.")
def on_repeats(store: Store) -> Table:
    return _edges(repeats(SEEDS, language_model().shape.vocab), RECEIVERS["repeats"])


@sweep("lm-edges", part="names", about="The same on sentences in which one person gives another something.")
def on_names(store: Store) -> Table:
    return _edges(names(language_model()), RECEIVERS["names"])


@sweep("lm-edges", part="ablation", about="Each head of the language model switched off by itself on long repeats: the "
       "share of the margin's gain that is lost, estimated and measured.")
def switched_off(store: Store) -> Table:
    model = language_model()
    heads = every_head(model.shape.layers, model.shape.heads)
    return _lost(heads, [ablations(model, random_repeats(SEQUENCES, model.shape.vocab))])


@sweep("lm-edges", part="again", about="The same on further long repeats, for the heads that count in the record "
       "lm-heads, which has sequences of its own.")
def switched_off_again(store: Store) -> Table:
    model, heads = language_model(), mattering(COUNTS)
    batches = (random_repeats(FURTHER[i : i + BATCH], model.shape.vocab) for i in range(0, len(FURTHER), BATCH))
    return _lost(heads, [ablations(model, tokens, heads) for tokens in batches])


def _lost(heads: Sequence[Head], batches: Sequence[Ablations]) -> Table:
    estimated, measured = (torch.cat([getattr(batch, name) / batch.gain for batch in batches], 1)
                           for name in ("estimated", "measured"))
    return _table(["all"] * len(heads), heads, estimated, measured)


def _edges(pairs: Pairs, receivers: Sequence[Head]) -> Table:
    edges, ends = HeadEdges(language_model(), pairs), ("all", "logits", *receivers)
    senders = {end: edges.senders(end) for end in ends}
    estimated, measured = (torch.cat([score(end) for end in ends]) / edges.gap
                           for score in (edges.estimated, edges.measured))
    return _table([str(end) for end in ends for _ in senders[end]], [head for end in ends for head in senders[end]],
                  estimated, measured)


def _table(ends: Sequence[str], senders: Sequence[Head], estimated: Tensor, measured: Tensor) -> Table:
    layers, heads = np.array(senders, np.int8).T
    return {"end": np.array(ends), "layer": layers, "head": heads,
            **{name: shares.numpy().astype(np.float16) for name, shares in (("estimated", estimated),
                                                                            ("measured", measured))}}
