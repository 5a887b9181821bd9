"""Probes take one where they take several, and pairs where they take heads; what they do not take they say in words."""

import numpy as np
import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.lm.model import causal_layout
from deref.model.taps import Site
from deref.probes.base.chosen import parts, several
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.pointer.set_flips import flip_sets
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=3)
MODEL, PAIRS = random_model(TASK, **SHAPES["three layers"]), pointer_pairs(TASK, memories(TASK, 1))
ODD = ["3", 1.5, [1.5], [True], True, ["a"], [[1]], {"a": 1}, torch.tensor([0.5]), np.array([True]), [None]]


@pytest.mark.parametrize("given", [[3], (3,), range(3, 4), {3}, torch.tensor([3]), torch.tensor(3), np.array([3]),
                                   np.int64(3), 3, iter([3])])
def test_one_or_several_in_whatever_form(given):
    assert several("nodes", given) == (3,)


def test_heads_and_other_parts():
    assert parts("heads", (1, 2)) == parts("heads", [(1, 2)]) == parts("heads", Head(1, 2)) == (Head(1, 2),)
    assert parts("heads", [[0, 1], Head(1, 0)]) == (Head(0, 1), Head(1, 0))
    assert parts("senders", EMBEDDING, Site) == parts("senders", [EMBEDDING], Site) == (EMBEDDING,)
    assert parts("heads", []) == ()


@pytest.mark.parametrize("given", ODD)
def test_what_is_neither_is_refused_in_words(given, unchecked):
    with pytest.raises(ValueError, match="expected nodes to be a whole number, several, or None for all, got"):
        several("nodes", given)
    with pytest.raises(ValueError, match="expected heads, one or several, each as Head"):
        parts("heads", [given] if not isinstance(given, dict) else given)


@pytest.mark.parametrize("given", [3, "L0H0", [3], [(0,)], [(0, 1, 2)], ["L0H0"], [("a", "b")], [(True, False)],
                                   [EMBEDDING], [None], EMBEDDING])
def test_what_are_no_heads_is_refused_in_words(given, unchecked):
    with pytest.raises(ValueError, match="expected receivers, one or several, each as Head"):
        path_patch(MODEL, PAIRS, into="v", receivers=given)


def same(one, other):
    return torch.equal(one.recovery.nan_to_num(7), other.recovery.nan_to_num(7))


def test_the_probes_take_one_where_they_take_several():
    assert same(patch_heads(MODEL, PAIRS, nodes=3), patch_heads(MODEL, PAIRS, nodes=[3]))
    assert same(patch_stream(MODEL, PAIRS, nodes=3), patch_stream(MODEL, PAIRS, nodes=[3]))
    assert same(path_patch(MODEL, PAIRS, senders=[(0, 1)]), path_patch(MODEL, PAIRS, senders=[Head(0, 1)]))
    assert same(path_patch(MODEL, PAIRS, senders=EMBEDDING, nodes=0),
                path_patch(MODEL, PAIRS, senders=[EMBEDDING], nodes=[0]))
    assert same(path_patch(MODEL, PAIRS, into="v", receivers=(1, 1), senders=(0, 0), into_nodes=4),
                path_patch(MODEL, PAIRS, into="v", receivers=[Head(1, 1)], senders=[Head(0, 0)], into_nodes=[4]))
    tokens, layout = PAIRS.clean, PAIRS.layout
    targets = PAIRS.answers[:, None]
    cut = [ablate(MODEL, tokens, layout, targets, cuts, nodes=nodes).loss
           for cuts, nodes in (([[(0, 1)]], 3), ([[Head(0, 1)]], [3]))]
    assert torch.equal(*cut)
    sets = [flip_sets(MODEL, TASK, memories(TASK, 1), sizes=sizes, draws=2,
                      generator=torch.Generator().manual_seed(1)).changed for sizes in (2, [2])]
    assert torch.equal(*sets)
    assert torch.equal(causal_layout(4, 2).readouts, torch.tensor([2]))
    site = Site("resid_post", 0)
    source, x = torch.randn(1, 2, 5, 4), torch.zeros(1, 2, 5, 4)
    assert torch.equal(patch_at(site, source, nodes=2)(site, x), patch_at(site, source, nodes=[2])(site, x))


@pytest.mark.parametrize("odd", ODD)
def test_the_probes_say_what_they_expected(odd, unchecked):
    for probe, name in ((patch_heads, "nodes"), (patch_stream, "nodes"), (path_patch, "nodes")):
        with pytest.raises(ValueError, match=f"expected {name} to be"):
            probe(MODEL, PAIRS, nodes=odd)
    with pytest.raises(ValueError, match="expected senders, one or several"):
        path_patch(MODEL, PAIRS, senders=[odd])
