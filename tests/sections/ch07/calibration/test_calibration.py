"""How rankings of edges are measured, on scores whose area is known, and what draws and methods have in common."""

import pytest
import torch

from deref.sections.ch07.calibration.calibration import ALL, METHODS, _donors, drawn, ranked
from deref.sections.ch07.calibration.circuits import PROMPTS

DECOYS = drawn("decoys", 0)


def scores_of(circuit, of):
    """Scores that are a function of whether an edge is true for the question of a pair, (edge, 1, pair)."""
    return of(circuit.true[circuit.question].double()).T[:, None]


def test_the_truth_has_all_of_the_area_and_its_opposite_none():
    assert ranked(DECOYS, scores_of(DECOYS, lambda true: true)) == (1, 1)
    assert ranked(DECOYS, scores_of(DECOYS, lambda true: 1 - true))[0] == 0
    assert ranked(DECOYS, scores_of(DECOYS, torch.zeros_like))[0] == 0.5


def test_signs_do_not_count_and_neither_does_what_rounding_leaves():
    signs = 1 - 2 * (torch.arange(len(DECOYS.pairs)) % 2)[:, None]
    assert ranked(DECOYS, scores_of(DECOYS, lambda true: true * signs)) == (1, 1)
    noise = 1e-16 * torch.rand(len(DECOYS.pairs), len(DECOYS.edges), generator=torch.Generator().manual_seed(0))
    assert ranked(DECOYS, scores_of(DECOYS, lambda true: noise.to(true)))[0] == 0.5


def test_one_false_edge_above_the_true_one_costs_its_share():
    """In each question one edge is true; a single false one above it leaves the share of the other false ones."""
    first_false = (~DECOYS.true).double().argmax(1)
    above = torch.zeros_like(DECOYS.true, dtype=torch.float64)
    above[torch.arange(len(above)), first_false] = 2
    scores = (DECOYS.true.double() + above)[DECOYS.question].T[:, None]
    area, precision = ranked(DECOYS, scores)
    assert area == pytest.approx(1 - 1 / (len(DECOYS.edges) - 1))
    assert precision == pytest.approx(0.5)


@pytest.mark.parametrize("name", ALL)
def test_donors_ask_other_questions_where_there_are_others(name):
    circuit = drawn(name, 0)
    donors = _donors(circuit)
    assert bool((donors != torch.arange(len(donors))).all() or len(donors) == PROMPTS)
    if len(circuit.true) > 1:
        assert bool((circuit.question[donors] != circuit.question).all())


@pytest.mark.parametrize("key", METHODS)
def test_every_method_scores_every_edge_of_every_prompt(key):
    circuit = drawn("misleading", 0)
    found = METHODS[key].score(circuit)
    assert found.edges == circuit.edges
    assert found.scores.shape == (len(circuit.edges), 1, len(circuit.pairs))
    assert bool(found.scores.isfinite().all()) and found.passes >= found.forward >= 1


def test_decoys_mislead_weight_and_no_patch():
    weight, patch = (ranked(DECOYS, METHODS[key].score(DECOYS).scores) for key in ("weight", "path"))
    assert patch == (1, 1)
    assert weight[0] < 1 and weight[1] < 0.5
