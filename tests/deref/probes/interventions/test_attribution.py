"""Attribution: against finite differences in plain loops, and against exact patching where a model is linear."""

import pytest
import torch
from plain_edges import Counted, margins, streams_of
from random_models import SHAPES, memories, random_model

from deref.model.taps import Site, SiteTap
from deref.probes.base.pairs import pointer_pairs
from deref.probes.interventions.attribution import attribute_edges, attribute_sources
from deref.probes.interventions.edge_patching import patch_edges
from deref.probes.interventions.edge_runs import attention_edges
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=3)
PAIRS = pointer_pairs(TASK, memories(TASK, 2))
SMALL = 1e-5
EMBEDDED = Site("resid_pre", 0)


def slope(model, edge, start, clean, corrupted):
    """The derivative of the margins by how far an edge is moved, from two runs in plain loops."""
    own = {}
    model.from_layer(0, start, PAIRS.layout, lambda site, x: own.update({site: x.detach()}))
    sides = []
    for far in (SMALL, -SMALL):
        shown = {site: own[site] + far * (corrupted[site] - clean[site]) for site in clean if site.name in "kv"}
        sides.append(margins(model, PAIRS, [edge], shown, shown, resid=start))
    return (sides[0] - sides[1]) / (2 * SMALL)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_derivatives_agree_with_finite_differences(shape, steps):
    model = random_model(TASK, **shape)
    clean, corrupted = (streams_of(model, tokens, PAIRS.layout) for tokens in (PAIRS.clean, PAIRS.corrupted))
    found = attribute_edges(model, PAIRS, steps=steps)
    for edge in found.edges[::17]:
        starts = [clean[EMBEDDED] + step / steps * (corrupted[EMBEDDED] - clean[EMBEDDED]) for step in range(steps)]
        expected = -sum(slope(model, edge, start, clean, corrupted) for start in starts) / steps
        assert torch.allclose(found.scores[found.edges.index(edge)], expected, atol=1e-6, rtol=1e-5)


def linear_model():
    """One layer whose keys say nothing, so that every edge has a fixed weight and the margin is linear in values."""
    model = random_model(TASK, layers=1, heads=2, width=8, block_norm=False, final_norm=False)
    with torch.no_grad():
        model.layers[0].k.weight.zero_()
        model.layers[0].k.bias.zero_()
    return model


@pytest.mark.parametrize("steps", [1, 4])
def test_where_the_model_is_linear_the_estimate_is_the_patch(steps):
    model = linear_model()
    exact = patch_edges(model, PAIRS, "corrupted").scores
    assert exact.abs().max() > 0.1
    assert torch.allclose(attribute_edges(model, PAIRS, steps=steps).scores, exact, atol=1e-10)


def test_a_saturated_softmax_hides_an_edge_from_the_derivative_and_not_from_the_patch():
    """An edge whose key would take all weight if patched: EAP sees a slope of nothing, the patch all of it."""
    model = random_model(TASK, layers=1, heads=1, width=8, block_norm=False, final_norm=False)
    with torch.no_grad():
        model.layers[0].q.weight *= 40
    patched, estimated = patch_edges(model, PAIRS, "corrupted").scores, attribute_edges(model, PAIRS).scores
    assert bool(((patched.abs() > 0.1) & (estimated.abs() < 1e-3)).any())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_node_is_scored_by_the_derivative_of_its_own_key_and_value(shape):
    model = random_model(TASK, **shape)
    clean, corrupted = (streams_of(model, tokens, PAIRS.layout) for tokens in (PAIRS.clean, PAIRS.corrupted))
    sites = [site for site in clean if site.name in "kv"]
    added = {site: torch.zeros_like(clean[site]).requires_grad_() for site in sites}
    logits = model(PAIRS.clean, PAIRS.layout, tap=SiteTap(frozenset(sites), lambda site, x: x + added[site]))
    slopes = dict(zip(sites, torch.autograd.grad(PAIRS.margin(logits).sum(), list(added.values())), strict=True))
    nodes = {site: ((corrupted[site] - clean[site]) * slopes[site]).sum(-1) for site in sites}
    found = attribute_sources(model, PAIRS)
    for edge, score in zip(found.edges, found.scores, strict=True):
        expected = -sum(nodes[Site(name, edge.layer)][:, :, edge.head, edge.key] for name in "kv")
        assert torch.allclose(score, expected, atol=1e-10)


def test_the_cost_is_what_the_model_was_run_on_and_does_not_grow_with_edges():
    model = Counted(random_model(TASK, **SHAPES["two layers"]))
    edges = attention_edges(model.model, PAIRS.clean, PAIRS.layout)
    for some in (edges[:1], edges):
        before = model.sequences
        found = attribute_edges(model, PAIRS, edges=some, steps=4)
        assert found.forward == (model.sequences - before) / len(PAIRS) == 6
        assert (found.backward, found.passes) == (4, 14)
    assert attribute_sources(model, PAIRS, edges=edges).passes == 5


def test_no_step_is_refused():
    with pytest.raises(ValueError, match="at least 1 step"):
        attribute_edges(random_model(TASK, **SHAPES["one layer"]), PAIRS, steps=0)
