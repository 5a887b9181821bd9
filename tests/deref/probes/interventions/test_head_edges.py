"""Edges from heads against path patching, against a patch of the whole head, and against small steps."""

import pytest
import torch
from tiny_lm import SHAPE, tiny

from deref.lm.model import causal_layout
from deref.model.taps import Site, patch, read
from deref.probes.base.pairs import Pairs
from deref.probes.base.tappable import Head
from deref.probes.interventions.head_edges import HeadEdges
from deref.probes.interventions.path_patching import path_patch

MODEL = tiny()
CLEAN = torch.randint(1, SHAPE.vocab, (3, 7), generator=torch.Generator().manual_seed(1))
CORRUPTED = CLEAN.clone()
CORRUPTED[:, 3] = (CLEAN[:, 3] + 5) % SHAPE.vocab
LAYOUT = causal_layout(7, [6])
MOVED = (MODEL(CLEAN, LAYOUT) - MODEL(CORRUPTED, LAYOUT))[0, :, 0]  # answers that the corruption costs most
PAIRS = Pairs(layout=LAYOUT, clean=CLEAN, corrupted=CORRUPTED, answers=MOVED.argmax(-1), others=MOVED.argmin(-1))
EDGES = HeadEdges(MODEL, PAIRS)


def _written(tokens, layer):
    found = {}
    MODEL(tokens, LAYOUT, tap=read([Site("head_out", layer)], into=found))
    return found[Site("head_out", layer)]


def _lost(head, share):
    """The margin that is lost when a head goes a share of the way to what it writes in the corrupted runs."""
    change = _written(CORRUPTED, head.layer) - _written(CLEAN, head.layer)

    def put(written):
        written = written.clone()
        written[:, :, head.head] += share * change[:, :, head.head]
        return written

    return EDGES.margin - PAIRS.margin(MODEL(CLEAN, LAYOUT, tap=patch(Site("head_out", head.layer), put)))[0]


def test_an_edge_to_all_is_a_patch_of_the_head():
    expected = torch.stack([_lost(head, 1) for head in EDGES.senders("all")])
    assert torch.allclose(EDGES.measured("all"), expected, atol=1e-4)
    assert expected.abs().max() > 0.1
    assert EDGES.first == 3


@pytest.mark.parametrize("receiver", ["logits", Head(1, 2), Head(2, 5)])
def test_an_edge_to_one_receiver_is_a_patched_path(receiver):
    into = dict(into="logits") if receiver == "logits" else dict(into=("q", "k", "v"), receivers=receiver)
    senders = EDGES.senders(receiver)
    found = path_patch(MODEL, PAIRS, senders=senders, direction="noise", threshold=0, **into)
    expected = (found.recovery[0] * EDGES.gap[:, None]).T
    assert not expected.isnan().any()
    assert torch.allclose(EDGES.measured(receiver), expected, atol=1e-4)
    assert expected.abs().max() > 0.01


@pytest.mark.parametrize("head", [Head(0, 1), Head(1, 3), Head(2, 0)])
def test_the_estimate_is_the_slope_of_a_small_step(head):
    at = EDGES.senders("all").index(head)
    slope = (_lost(head, 0.02) - _lost(head, -0.02)) / 0.04
    assert torch.allclose(EDGES.estimated("all")[at], slope, atol=0.02, rtol=0.02)


def test_a_head_of_the_last_block_reaches_the_logits_through_its_mlp_alone_or_directly():
    MODEL.blocks[2]["down"], kept = torch.zeros_like(MODEL.blocks[2]["down"]), MODEL.blocks[2]["down"]
    edges = HeadEdges(MODEL, PAIRS)
    last = slice(-SHAPE.heads, None)
    for score in (edges.estimated, edges.measured):
        assert torch.allclose(score("all")[last], score("logits")[last], atol=1e-4)
    MODEL.blocks[2]["down"] = kept


def test_estimates_add_up_over_the_ways_where_there_are_no_mlps():
    down = [block["down"] for block in MODEL.blocks]
    for block in MODEL.blocks:
        block["down"] = torch.zeros_like(block["down"])
    edges = HeadEdges(MODEL, PAIRS)
    behind = [Head(layer, head) for layer in (1, 2) for head in range(SHAPE.heads)]
    first = slice(0, SHAPE.heads)  # heads of the first block have an edge to every head behind it
    ways = sum(edges.estimated(receiver)[first] for receiver in behind) + edges.estimated("logits")[first]
    assert torch.allclose(edges.estimated("all")[first], ways, atol=1e-3)
    for block, kept in zip(MODEL.blocks, down, strict=True):
        block["down"] = kept


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="expected pairs that differ, got none"):
        HeadEdges(MODEL, Pairs(layout=LAYOUT, clean=CLEAN, corrupted=CLEAN, answers=CLEAN[:, 0], others=CLEAN[:, 1]))
    other = Pairs(layout=causal_layout(7, [5]), clean=CLEAN, corrupted=CORRUPTED, answers=CLEAN[:, 0],
                  others=CLEAN[:, 1])
    with pytest.raises(ValueError, match="expected a causal layout with the readout last"):
        HeadEdges(MODEL, other)
