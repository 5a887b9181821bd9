"""Greedy pruning: against plain loops, and against a circuit whose edges are known."""

import pytest
import torch
from plain_edges import Counted, margins, streams_of
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.probes.base.pairs import Pairs, pointer_pairs
from deref.probes.interventions.edge_runs import HeadEdge, attention_edges
from deref.probes.interventions.pruning import prune_edges
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=3)
PAIRS = pointer_pairs(TASK, memories(TASK, 2))


@pytest.mark.parametrize(("shape", "threshold"), [("two layers", 0.02), ("attention only, bare", 0.2)])
def test_what_is_kept_is_what_plain_loops_keep(shape, threshold):
    model = random_model(TASK, seeds=(0,), **SHAPES[shape])
    shown = streams_of(model, PAIRS.corrupted, PAIRS.layout)
    gone, now = [], margins(model, PAIRS, [], {}, {})
    limit = threshold * now.abs().mean()
    every = attention_edges(model, PAIRS.clean, PAIRS.layout)
    found = prune_edges(model, PAIRS, edges=every[:: len(every) // 20], thresholds=[threshold])
    for edge in sorted(found.edges, key=lambda e: (e.layer, e.query, e.key, e.head), reverse=True):
        then = margins(model, PAIRS, [*gone, edge], shown, shown)
        if (then - now).abs().mean() < limit:
            gone, now = [*gone, edge], then
    kept = {edge for edge, score in zip(found.edges, found.scores, strict=True) if bool((score > 0).all())}
    assert kept == {*found.edges} - {*gone}
    assert 0 < len(kept) < len(found.edges)


def test_groups_and_thresholds_are_pruned_as_if_each_were_alone():
    model = random_model(TASK, **SHAPES["two layers"])
    groups = torch.arange(len(PAIRS)) % 2
    edges = attention_edges(model, PAIRS.clean, PAIRS.layout)[::2]
    found = prune_edges(model, PAIRS, edges=edges, groups=groups, thresholds=[0.01, 0.3]).scores
    assert found.min() == 0 and found.max() > 0
    for group in (0, 1):
        some = PAIRS[(groups == group).nonzero().flatten()]
        each = sum(prune_edges(model, some, edges=edges, thresholds=[one]).scores for one in (0.01, 0.3))
        assert torch.equal(found[:, :, groups == group], each)


def test_what_remains_of_the_pointer_is_its_circuit():
    """The corrupted prompts have another memory and address throughout, so that every edge is put to the test."""
    model, task = pointer(4)
    model, memory = model.double(), torch.tensor([[1, 0, 0, 0], [1, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]])
    clean = task.tokens(memory, torch.zeros(4, dtype=torch.long))
    corrupted = task.tokens(1 - memory, torch.full((4,), 3))
    pairs = Pairs(layout=task.layout("flat"), clean=clean, corrupted=corrupted, answers=memory[:, 0],
                  others=1 - memory[:, 0])
    found = prune_edges(model, pairs, thresholds=[0.01])
    kept = {edge for edge, score in zip(found.edges, found.scores, strict=True) if bool((score > 0).all())}
    assert kept == {HeadEdge(task.T - 1, 4, 0, 0), HeadEdge(task.T - 1, 5, 0, 1), HeadEdge(task.T - 1, 0, 1, 0)}


def test_the_cost_is_what_the_model_was_run_on():
    model = Counted(random_model(TASK, **SHAPES["two layers"]))
    edges = attention_edges(model.model, PAIRS.clean, PAIRS.layout)
    found = prune_edges(model, PAIRS, edges=edges, thresholds=[0.1, 0.2, 0.3])
    assert found.passes == model.sequences / len(PAIRS) == 2 + 3 * len(edges)


def test_no_threshold_is_refused():
    with pytest.raises(ValueError, match="at least one threshold"):
        prune_edges(random_model(TASK, **SHAPES["one layer"]), PAIRS, thresholds=[])
