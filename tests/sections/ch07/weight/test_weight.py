"""Weight is not flow: the written decoy is exact, and edges are weighed, cut and flipped as slow plain runs say."""

import numpy as np
import pytest
import torch
from random_models import SHAPES, memories, random_model
from scipy.stats import spearmanr

from deref.constructions.misleading_heads import FETCHING, MISLEADING, misleading_heads
from deref.model.taps import Site, patch
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import run_and_read
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.measures.edges import edge_effects, rank_correlation, same_first
from deref.tasks.pointer import PointerTask


def every_memory(cells: int) -> torch.Tensor:
    return torch.cartesian_prod(*[torch.arange(2)] * cells)


@pytest.mark.parametrize(("M", "weight"), [(2, 0.02), (4, 0.3), (8, 0.02), (8, 0.001)])
def test_the_decoy_answers_with_the_cell_that_it_glances_at(M, weight):
    model, task = misleading_heads(M, weight=weight)
    held, address = every_memory(M), torch.arange(M)
    edges = edge_effects(model, task, held)
    assert (edges.margin > 0).all()
    glance = edges.weight[0, :, address, FETCHING, address]
    torch.testing.assert_close(glance, torch.full_like(glance, weight), rtol=1e-4, atol=0)
    margin = edges.margin[0]
    torch.testing.assert_close(edges.cut[0, :, address, FETCHING, address], margin, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(edges.flip[0, :, address, FETCHING, address], 2 * margin, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("M", [2, 4, 8])
def test_the_decoy_stares_at_another_cell_for_nothing(M):
    model, task = misleading_heads(M)
    address, tokens, layout = torch.arange(M), task.trie_tokens(every_memory(M)), task.layout("trie")
    edges = edge_effects(model, task, every_memory(M))
    assert edges.weight[0, :, address, MISLEADING, M - 1 - address].min() > 0.99
    for values in (edges.norm, edges.cut, edges.flip):
        assert not values[..., MISLEADING, :].any()
    site = Site("z", 0)
    logits, found = run_and_read(model, tokens, layout, [site])
    assert found[site][:, :, MISLEADING, layout.readouts].abs().amax(-1).min() > 1  # a bit that nothing reads
    without = model(tokens, layout, tap=patch(site, lambda z: z.index_fill(2, torch.tensor([MISLEADING]), 0.0)))
    assert torch.equal(logits, without)


def test_a_norm_is_fooled_by_what_nothing_reads():
    model, task = misleading_heads(8)
    size, asks = 4, 7  # of a head, and the column that marks the asking token
    with torch.no_grad():
        model.layers[0].o.weight[0, MISLEADING * size, asks] = 1.0
    edges, address = edge_effects(model, task, every_memory(8)), torch.arange(8)
    assert edges.norm[0, :, address, MISLEADING, 7 - address].min() > 1
    assert not edges.cut[..., MISLEADING, :].any() and not edges.flip[..., MISLEADING, :].any()


@pytest.mark.parametrize("M", [1, 6, 8.0])
def test_a_memory_without_an_opposite_cell_is_refused(unchecked, M):
    with pytest.raises(ValueError, match="expected M, the number of memory cells, to be a power of two"):
        misleading_heads(M)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_weight_that_no_softmax_gives_is_refused(weight):
    with pytest.raises(ValueError, match="expected a weight between 0 and 1"):
        misleading_heads(8, weight=weight)


@pytest.mark.parametrize("shape", SHAPES)
def test_edges_are_what_plain_runs_find(shape):
    task = PointerTask(M=5)
    model, held = random_model(task, **SHAPES[shape]), memories(task, 3)
    edges, last = edge_effects(model, task, held), model.config.layers - 1
    pairs = pointer_pairs(task, held)
    rest = (pairs.clean, pairs.layout, pairs.answers[:, None])
    readout, value = int(pairs.layout.readouts[0]), Site("v", last)

    def questions(values):
        return values.flatten(1, 2)

    logits, found = run_and_read(model, pairs.clean, pairs.layout, [Site("pattern", last)])
    torch.testing.assert_close(questions(edges.margin), pairs.margin(logits))
    torch.testing.assert_close(questions(edges.weight), found[Site("pattern", last)][:, :, :, readout, : task.M])
    for head in range(model.config.heads):
        for cell in range(task.M):
            cut = ablate(model, *rest, [[Edge(readout, cell, last, head)]], kind="zero",
                         others=pairs.others[:, None])
            torch.testing.assert_close(questions(edges.cut)[:, :, head, cell],
                                       (cut.margin_before - cut.margin[0])[..., 0])
            flipped = pairs.clean.clone()
            flipped[:, cell] ^= 1
            seen = run_and_read(model, flipped, pairs.layout, [value])[1][value]
            told = model(pairs.clean, pairs.layout, tap=patch_at(value, seen, nodes=[cell], heads=[head]))
            torch.testing.assert_close(questions(edges.flip)[:, :, head, cell],
                                       pairs.margin(logits) - pairs.margin(told))


def test_the_norm_is_the_length_of_what_an_edge_adds():
    task = PointerTask(M=4)
    model, held = random_model(task, **SHAPES["sinusoidal"]), memories(task, 3)
    edges, last, layout = edge_effects(model, task, held), 1, task.layout("trie")
    site, attn = Site("pattern", last), Site("attn_out", last)
    before = run_and_read(model, task.trie_tokens(held), layout, [attn])[1][attn]
    for head in range(2):
        for cell in range(task.M):
            found = {}

            def cut(where, x, head=head, cell=cell, found=found):
                if where == attn:
                    found[attn] = x
                elif where == site:
                    x = x.clone()
                    x[:, :, head, :, cell] = 0
                    return x
                return None

            model(task.trie_tokens(held), layout, tap=cut)
            length = (before - found[attn])[:, :, layout.readouts].norm(dim=-1)
            torch.testing.assert_close(edges.norm[..., head, cell], length.detach())


def test_no_memories_have_no_edges():
    model, task = misleading_heads(4)
    with pytest.raises(ValueError, match="expected at least one memory, got none"):
        edge_effects(model, task, torch.zeros(0, 4, dtype=torch.long))


def numbers(seed: int) -> torch.Tensor:
    return torch.randn(2, 3, 4, 2, 5, generator=torch.Generator().manual_seed(seed))


def test_rank_correlations_are_those_of_scipy_averaged_over_questions():
    one, two = numbers(0), numbers(1)
    expected = [np.mean([spearmanr(one[s, m, a].abs().flatten(), two[s, m, a].abs().flatten()).statistic
                         for m in range(3) for a in range(4)]) for s in range(2)]
    np.testing.assert_allclose(rank_correlation(one, two), expected)
    np.testing.assert_allclose(rank_correlation(one, -2 * one), [1, 1])


def test_rank_correlations_leave_out_questions_without_ranks():
    one, two = numbers(0), numbers(1)
    two[0, 0] = 0
    two[1] = 0
    found = rank_correlation(one, two)
    np.testing.assert_allclose(found[0], rank_correlation(one[:, 1:], two[:, 1:])[0])
    assert np.isnan(found[1])


def test_rank_correlations_count_the_chosen_edges_alone():
    one, two = numbers(0), numbers(1)
    among = torch.zeros(one.shape, dtype=torch.bool)
    among[..., 0, :] = True
    np.testing.assert_allclose(rank_correlation(one, two, among), rank_correlation(one[..., :1, :], two[..., :1, :]))
    assert np.isnan(rank_correlation(one, two, among, least=6)).all()


def test_firsts_are_the_same_where_the_largest_edges_are():
    one = torch.zeros(1, 1, 2, 2, 3)
    one[0, 0, 0, 1, 2], one[0, 0, 1, 0, 1] = -3, 2
    two = one.clone()
    two[0, 0, 1, 1, 1] = 5
    assert same_first(one, one).tolist() == [1.0]
    assert same_first(one, two).tolist() == [0.5]
