"""Cached runs: what restarts in the middle is what a whole run gives, for pointer models and the language model."""

import pytest
import torch
from random_models import SHAPES, memories, random_model
from tiny_lm import SHAPE, tiny

from deref.lm.model import causal_layout
from deref.model.taps import Site, patch
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.means import mean_heads, means_of
from deref.probes.base.node_run import node_run
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Stepwise, Tappable, layers_of
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=4)
POINTER = random_model(TASK, **SHAPES["three layers"])
TEXT = torch.randint(1, SHAPE.vocab, (3, 9), generator=torch.Generator().manual_seed(0))
MODELS = {"pointer": (POINTER, TASK.trie_tokens(memories(TASK, 3)), TASK.layout("trie")),
          "language": (tiny(), TEXT, causal_layout(9))}


@pytest.mark.parametrize("name", MODELS)
def test_a_run_with_a_tap_restarts_where_the_tap_looks(name):
    model, tokens, layout = MODELS[name]
    assert isinstance(model, Tappable) and isinstance(model, Stepwise)
    run = CachedRun.of(model, tokens, layout, end=True, sites=[Site("z", 1)])
    for site in (Site("z", 1), Site("attn_out", 2), Site("resid_pre", 0), Site("final")):
        tap = patch(site, lambda x: 2 * x)
        with torch.no_grad():
            whole = model(tokens, layout, tap=tap)
        torch.testing.assert_close(run.rerun(tap), whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(run.written(1, [Site("z", 1)])[Site("z", 1)], run.found[Site("z", 1)])
    assert len(run.streams) == layers_of(model) + 1


@pytest.mark.parametrize("name", MODELS)
def test_a_change_at_one_node_is_what_a_whole_run_makes_of_it(name):
    model, tokens, layout = MODELS[name]
    run, other = node_run(model, tokens, layout), node_run(model, tokens.flip(0), layout)
    for layer in range(layers_of(model)):
        for node in (1, 3):
            site = Site("resid_pre", layer)
            with torch.no_grad():
                whole = model(tokens, layout, tap=patch_at(site, other.streams[layer], nodes=[node]))
            again = run.rerun_at(layer, node, other.entering[layer].at(node))
            torch.testing.assert_close(again, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_heads_that_give_their_means_give_what_a_plain_average_is(name):
    model, tokens, layout = MODELS[name]
    site = Site("z", 1)
    means = means_of(model, tokens, layout, [site], batch=2)
    run = CachedRun.of(model, tokens, layout, sites=[site])
    plain = run.found[site].mean(1, keepdim=True)
    for position in layout.positions.unique():
        at = layout.positions == position
        torch.testing.assert_close(means[site][..., at, :].mean(-2), plain[..., at, :].mean(-2), rtol=1e-4, atol=1e-5)
    off = torch.zeros(plain.shape[2], dtype=torch.bool)
    off[0] = True
    expected = run.rerun(patch_at(site, means[site].expand_as(run.found[site]), heads=[0], nodes=[2]))
    nodes = torch.arange(layout.size) == 2
    torch.testing.assert_close(run.rerun(mean_heads({1: means[site]}, {1: off}, nodes)), expected)


def test_what_a_run_did_not_keep_is_refused():
    model, tokens, layout = MODELS["pointer"]
    run = CachedRun.of(model, tokens, layout)
    with pytest.raises(ValueError, match="a run that kept what leaves the last block"):
        run.rerun(patch(Site("logits"), lambda x: x))
    with pytest.raises(ValueError, match="expected a tap on sites of blocks, got one on embed"):
        run.rerun(patch(Site("embed"), lambda x: x))
    with pytest.raises(ValueError, match="expected pool to be one of position, nodes, got 'rows'"):
        means_of(model, tokens, layout, [Site("z", 0)], pool="rows")
