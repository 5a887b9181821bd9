"""Causal scrubbing: exact on a pointer written by hand, whose algorithm is known, and identities on random models."""

import dataclasses

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.probes.base.questions import OWN, pointer_questions
from deref.probes.interventions.scrubbing import AttentionParts, StreamParts, scrub, scrubbed_logits
from deref.tasks.pointer import PointerTask

OWN_TOKEN, EVERYTHING = (OWN,), ("cells", "address")
BARE = {**SHAPES["attention only, bare"], "layers": 2}


def questions(task, n=8):
    return pointer_questions(task, memories(task, n), torch.Generator().manual_seed(1))


def gathered(*bits):
    """What the readout asks layer 2 with: some address bits, each fetched by layer 1 from its own token."""
    return StreamParts(embedding=OWN_TOKEN, layers=(AttentionParts(values=dict.fromkeys(bits, OWN_TOKEN)),))


def fetched(query, place="addressed cell", value=OWN_TOKEN):
    return StreamParts(layers=((), AttentionParts(query=query, values={place: value})))


def plain(model, asked):
    with torch.no_grad():
        return model(asked.tokens, asked.layout)[:, :, 0]


def test_the_right_hypothesis_keeps_every_answer_of_the_hand_written_pointer_and_all_its_loss():
    model, task = pointer(8, sharpness=60.0)
    asked = questions(task)
    right = fetched(gathered("bit 0", "bit 1", "bit 2"), value=StreamParts(embedding=OWN_TOKEN, layers=((),)))
    found = scrub(model, asked, right)
    assert found.right.item() == 1
    assert found.kept.item() == pytest.approx(1, abs=1e-6)
    assert torch.allclose(scrubbed_logits(model, asked, right), plain(model, asked), atol=1e-5)


@pytest.mark.parametrize("missing", range(3))
def test_without_an_address_bit_half_of_the_addresses_are_taken_for_others(missing):
    """The query then has a donor's bit; where that differs the fetched cell is one whose value is a donor's too."""
    model, task = pointer(8, sharpness=60.0)
    asked = questions(task, 32)
    wrong = fetched(gathered(*(f"bit {i}" for i in range(3) if i != missing)))
    assert scrub(model, asked, wrong).right.item() == pytest.approx(0.75, abs=0.07)


@pytest.mark.parametrize("hypothesis", [
    fetched(gathered("address"), place="other cells"), fetched(gathered("address"), value=()),
    StreamParts(layers=(EVERYTHING, ())), StreamParts(embedding=OWN_TOKEN, layers=(EVERYTHING, ("address",)))])
def test_the_wrong_cell_or_the_wrong_layer_leaves_a_coin(hypothesis):
    model, task = pointer(8, sharpness=60.0)
    found = scrub(model, questions(task, 32), hypothesis)
    assert found.right.item() == pytest.approx(0.5, abs=0.1)
    assert found.kept.item() < 0.2


@pytest.mark.parametrize("hypothesis", [
    EVERYTHING, StreamParts(embedding=OWN_TOKEN, layers=(EVERYTHING, EVERYTHING)),
    StreamParts(embedding=OWN_TOKEN, layers=(EVERYTHING, AttentionParts(
        query=EVERYTHING, keys={"cells": EVERYTHING, "address": EVERYTHING},
        values={"cells": EVERYTHING, "address": StreamParts(embedding=OWN_TOKEN, layers=(AttentionParts(
            query=OWN_TOKEN, keys=dict.fromkeys(EVERYTHING, OWN_TOKEN),
            values=dict.fromkeys(EVERYTHING, OWN_TOKEN)),))})))])
@pytest.mark.parametrize("shape", [BARE, {**BARE, "block_norm": True, "final_norm": True}])
def test_a_hypothesis_that_allows_everything_changes_nothing(hypothesis, shape):
    task = PointerTask(M=5)
    model, asked = random_model(task, **shape), questions(task)
    assert torch.allclose(scrubbed_logits(model, asked, hypothesis), plain(model, asked), atol=1e-9)
    assert torch.allclose(scrub(model, asked, hypothesis).kept, torch.ones(3, dtype=torch.float64), atol=1e-9)


@pytest.mark.parametrize("hypothesis", [(), StreamParts(layers=((), ())), fetched(("address",)), fetched(gathered())])
def test_donors_that_are_the_question_change_nothing(hypothesis):
    task = PointerTask(M=5)
    model, asked = random_model(task, **BARE), questions(task)
    one = asked[7:8]
    same = dataclasses.replace(one, draw=lambda n: one.tokens.expand(n, -1))
    assert torch.allclose(scrubbed_logits(model, same, hypothesis), plain(model, one), atol=1e-9)
    assert not torch.allclose(scrubbed_logits(model, asked, hypothesis), plain(model, asked), atol=1e-3)


def test_a_leaf_is_the_run_of_a_donor_that_keeps_its_tokens():
    task = PointerTask(M=5)
    model, asked = random_model(task, **BARE), questions(task)
    fresh = task.sample(len(asked), "flat", torch.Generator().manual_seed(5))[0]
    donors = torch.where(torch.arange(task.T) < task.M, fresh, asked.tokens)
    found = scrubbed_logits(model, dataclasses.replace(asked, draw=lambda n: fresh[:n]), ("address",))
    with torch.no_grad():
        assert torch.allclose(found, model(donors, asked.layout)[:, :, 0], atol=1e-9)


def test_everything_scrubbed_is_every_answer_to_every_other_question():
    task = PointerTask(M=5)
    model, asked = random_model(task, **BARE), questions(task, 3)
    logs = plain(model, asked).log_softmax(-1)
    each = torch.stack([-logs[:, :, answer].mean(1) for answer in asked.answers.tolist()]).mean(0)
    assert torch.allclose(scrub(model, asked, ()).loss_random, each, atol=1e-9)


def test_a_node_of_two_places_goes_by_the_first():
    task = PointerTask(M=5)
    model, asked = random_model(task, **BARE), questions(task)
    all_kept = {"cells": EVERYTHING, "address": EVERYTHING}

    def part(**values):
        return StreamParts(embedding=OWN_TOKEN, layers=(EVERYTHING, AttentionParts(
            query=EVERYTHING, keys=all_kept, values=values)))

    kept = scrubbed_logits(model, asked, part(**all_kept, **{"addressed cell": ()}))
    lost = scrubbed_logits(model, asked, part(**{"addressed cell": ()}, **all_kept))
    assert torch.allclose(kept, plain(model, asked), atol=1e-9)
    assert (lost - kept).abs().max() > 1e-3


def test_donors_ask_for_addresses_that_exist():
    task = PointerTask(M=5)
    assert (task.oracle(questions(task).draw(200)) >= 0).all()


@pytest.mark.parametrize(("hypothesis", "message"), [
    (("adress",), "expected places among own, cells, addressed cell, other cells, address, bit 0, bit 1, bit 2, "
                  "got 'adress'"),
    (StreamParts(layers=((),)), "expected the parts of 2 layers, got 1")])
def test_impossible_hypotheses_are_refused(hypothesis, message):
    task = PointerTask(M=5)
    with pytest.raises(ValueError, match=message):
        scrub(random_model(task, **BARE), questions(task), hypothesis)


def test_models_and_layouts_that_cannot_be_scrubbed_are_refused():
    task = PointerTask(M=5)
    with pytest.raises(ValueError, match="expected a model without MLPs"):
        scrub(random_model(task, **SHAPES["two layers"]), questions(task), ())
    trie = dataclasses.replace(questions(task), layout=task.layout("trie"))
    with pytest.raises(ValueError, match="expected a layout with one readout, got 5"):
        scrub(random_model(task, **BARE), trie, ())


def test_the_model_and_the_questions_stay_as_they_were():
    task = PointerTask(M=5)
    model, asked = random_model(task, **BARE), questions(task)
    before, tokens = {name: value.clone() for name, value in model.state_dict().items()}, asked.tokens.clone()
    scrub(model, asked, fetched(gathered("address")))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(asked.tokens, tokens)
