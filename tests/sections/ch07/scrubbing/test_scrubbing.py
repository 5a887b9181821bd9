"""Whole hypotheses: on a pointer written by hand, whose algorithm and whose paths are known."""

import numpy as np
import pytest
from random_models import random_model

from deref.constructions.pointer import pointer
from deref.probes.interventions.scrubbing import scrub
from deref.sections.ch07.scrubbing.claims import CLAIMS
from deref.sections.ch07.scrubbing.scrubbing import HYPOTHESES, KINDS, WRONG_TURNS, Members, asked
from deref.sections.ch07.scrubbing.select import PATHS, TAIL, WITHOUT, along_paths
from deref.tasks.pointer import PointerTask
from evidence.results import registry


def kept(model, task, hypothesis):
    return scrub(model, asked(task), hypothesis).kept.item()


def test_the_hand_written_pointer_is_fetch_and_not_carry():
    model, task = pointer(8, sharpness=60.0)
    assert kept(model, task, HYPOTHESES["fetch"]) == pytest.approx(1, abs=1e-6)
    assert kept(model, task, HYPOTHESES["either"]) == pytest.approx(1, abs=1e-6)
    assert abs(kept(model, task, HYPOTHESES["carry"])) < 0.1
    assert abs(kept(model, task, HYPOTHESES["plain"])) < 0.1


def test_the_hand_written_pointer_reads_the_embedding_and_finds_address_bits_by_position():
    """In this it differs from trained ones, which is why their hypothesis has other parts."""
    model, task = pointer(8, sharpness=60.0)
    assert kept(model, task, WRONG_TURNS["embedding"]) == pytest.approx(1, abs=1e-6)
    assert kept(model, task, WRONG_TURNS["placed-keys"]) == pytest.approx(1, abs=1e-6)
    assert abs(kept(model, task, WRONG_TURNS["cell-layer"])) < 0.1


def test_the_hand_written_pointer_selects_in_the_query_alone():
    found = along_paths(*pointer(8, sharpness=60.0))
    assert {path: round(values.item(), 4) for path, values in found.items()} == {
        "query": 1.0, "keys": 0.0, "values": 0.0, "direct": 0.0}
    assert list(found) == list(PATHS) == list(WITHOUT)


def test_the_logits_of_a_last_layer_without_norms_are_paths_added_up_when_one_path_is_the_only_one():
    """A model whose layer 2 writes nothing has the direct path alone."""
    task = PointerTask(M=5)
    model = random_model(task, layers=2, heads=2, width=8, block_norm=False, final_norm=False)
    model.layers[1].o.weight.data.zero_()
    found = along_paths(model, task)
    assert np.allclose(found["direct"], 1, atol=1e-9)
    assert all(np.allclose(found[path], 0, atol=1e-9) for path in ("query", "keys", "values"))


def test_each_path_without_the_address_differs_from_the_whole_in_that_path():
    def parts(hypothesis):
        direct, attention = hypothesis.layers
        return {"query": attention.query, "keys": attention.keys["address"], "values": attention.values["address"],
                "direct": direct}

    whole = parts(TAIL)
    for path, hypothesis in WITHOUT.items():
        assert [name for name, part in parts(hypothesis).items() if part != whole[name]] == [path]
    carry, plain = (parts(HYPOTHESES[name]) for name in ("carry", "plain"))
    assert [name for name in carry if carry[name] != plain[name]] == ["query"]


def test_every_seed_is_of_one_kind():
    found = Members(model=None, waiting=np.array([-0.1, 0.2, 1 / 3, 0.5, 2 / 3, 0.7, 1.1]))
    kinds = {kind: found.of(kind).tolist() for kind in KINDS}
    assert np.sum(list(kinds.values()), axis=0).tolist() == [1] * 7
    assert np.flatnonzero(kinds["gathering"]).tolist() == [0, 1]
    assert np.flatnonzero(kinds["fetching"]).tolist() == [5, 6]


def test_claims_rest_on_declared_results():
    assert {rid for claim in CLAIMS for rid in claim.needs} <= set(registry.ids())
