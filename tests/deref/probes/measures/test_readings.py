"""Readings of edges: against matrices multiplied out, and vectors added up."""

import pytest
import torch
from plain_edges import Counted
from random_models import SHAPES, memories, random_model

from deref.model.taps import Site
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import run_and_read
from deref.probes.measures.readings import read_edges
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=3)
PAIRS = pointer_pairs(TASK, memories(TASK, 2))
SHAPE = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def found_at(model, *names):
    sites = [Site(name, layer) for layer in range(model.config.layers) for name in names]
    return run_and_read(model, PAIRS.clean, PAIRS.layout, sites)[1]


@SHAPE
def test_weights_are_those_of_the_map(shape):
    model = random_model(TASK, **shape)
    maps, found = found_at(model, "pattern"), read_edges(model, PAIRS, "weight")
    for edge, score in zip(found.edges, found.scores, strict=True):
        assert torch.equal(score, maps[Site("pattern", edge.layer)][:, :, edge.head, edge.query, edge.key])


def test_weighted_values_are_lengths_of_vectors_that_add_up_to_what_the_head_writes():
    model = random_model(TASK, **SHAPES["two layers"])
    found, read = read_edges(model, PAIRS, "weighted value"), found_at(model, "pattern", "v", "head_out")
    for layer in range(2):
        pattern, v, out = (read[Site(name, layer)] for name in ("pattern", "v", "head_out"))
        weight = model.layers[layer].o.weight.unflatten(1, (v.shape[2], -1))
        vectors = torch.einsum("sbhqk,sbhkd,shdw->sbhqkw", pattern, v, weight)
        assert torch.allclose(vectors.sum(4), out, atol=1e-10)
        for edge, score in zip(found.edges, found.scores, strict=True):
            if edge.layer == layer:
                length = vectors[:, :, edge.head, edge.query, edge.key].norm(dim=-1)
                assert torch.allclose(score, length, atol=1e-10)


@SHAPE
def test_rollout_counts_the_ways_to_the_readout(shape):
    """Rolled-out maps of the blocks above, times the edge's share of its own block."""
    model = random_model(TASK, **shape)
    found, maps = read_edges(model, PAIRS, "rollout"), found_at(model, "pattern")
    eye, layers = torch.eye(TASK.T, dtype=torch.float64), model.config.layers
    for edge, score in zip(found.edges, found.scores, strict=True):
        above = eye
        for layer in range(edge.layer + 1, layers):
            above = (maps[Site("pattern", layer)].mean(2) + eye) / 2 @ above
        heads = model.config.heads
        own = maps[Site("pattern", edge.layer)][:, :, edge.head, edge.query, edge.key] / (2 * heads)
        reaches = above[..., TASK.T - 1, edge.query]
        assert torch.allclose(score, reaches * own, atol=1e-12)


def test_the_ways_through_one_block_and_past_it_sum_to_one():
    model = random_model(TASK, **SHAPES["three layers"])
    found = read_edges(model, PAIRS, "rollout")
    for layer in range(3):
        through = sum(score for edge, score in zip(found.edges, found.scores, strict=True) if edge.layer == layer)
        assert torch.allclose(through, torch.full_like(through, 0.5))


def test_the_cost_is_one_run(unchecked):
    model = Counted(random_model(TASK, **SHAPES["two layers"]))
    edges = read_edges(model.model, PAIRS, "weight").edges
    assert read_edges(model, PAIRS, "weight", edges=edges).passes == model.sequences / len(PAIRS) == 1


def test_an_unknown_reading_is_refused():
    with pytest.raises(ValueError, match="expected a reading"):
        read_edges(random_model(TASK, **SHAPES["one layer"]), PAIRS, "glance")
