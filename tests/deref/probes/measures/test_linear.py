"""Linear probes: what can be told from features, and only from groups not seen."""

import numpy as np
import pytest
import torch

from deref.constructions.pointer import columns, pointer
from deref.probes.measures.linear import linear_probe


def blobs(n=400, width=6, seed=0):
    """Features of which column 2 tells a bit, with noise, in groups of four."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    features = rng.normal(size=(n, width))
    features[:, 2] += 6 * labels
    return features, labels, np.arange(n) // 4


def test_a_direction_that_tells_is_found():
    features, labels, groups = blobs()
    found = linear_probe(features, labels, groups)
    assert found.score.shape == found.baseline.shape == (5,)
    assert found.score.min() > 0.98 and found.baseline.max() < 0.7
    assert (found.predicted == labels).mean() == pytest.approx(found.score.mean(), abs=1e-9)
    assert found.direction[0, 2] > 0.95 and np.linalg.norm(found.direction) == pytest.approx(1)
    assert found.classes.tolist() == [0, 1]


def test_weights_are_in_units_of_the_features():
    features, labels, groups = blobs()
    scaled = features * np.array([1, 1, 1000, 1, 1, 0.01])
    weight, other = (linear_probe(x, labels, groups).weight for x in (features, scaled))
    assert np.allclose(other * np.array([1, 1, 1000, 1, 1, 0.01]), weight, atol=1e-3)


def test_groups_are_held_out_whole():
    """Features that name the group alone tell its label wherever one has seen it, and nothing elsewhere."""
    groups = np.repeat(np.arange(60), 5)
    labels = np.random.default_rng(1).integers(0, 2, 60)[groups]
    features = np.eye(60)[groups]
    seen = linear_probe(features, labels, np.arange(300) % 5)
    held = linear_probe(features, labels, groups)
    assert seen.score.mean() == 1
    assert held.score.mean() < 0.65


def test_labels_that_have_nothing_to_do_with_features_score_as_guessing():
    features, labels, groups = blobs(n=1000)
    found = linear_probe(features, np.random.default_rng(7).permutation(labels), groups)
    assert abs(found.score.mean() - 0.5) < 0.05
    assert abs(found.score.mean() - found.baseline.mean()) < 0.06


def test_a_number_is_told_by_ridge():
    features, _, groups = blobs()
    target = features @ np.array([0, 2, 0, -1, 0, 0]) + 3
    found = linear_probe(features, target, groups, kind="ridge", strength=1e-6)
    assert np.allclose(found.weight, [[0, 2, 0, -1, 0, 0]], atol=1e-6)
    assert found.score.min() > 0.9999 and found.classes is None
    assert found.baseline.max() < 0.05  # guessing the training mean explains nothing
    assert np.allclose(found.predicted, target, atol=1e-4)


def test_several_classes_have_a_row_each():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 300)
    features = rng.normal(size=(300, 4)) + 5 * np.eye(3, 4)[labels]
    found = linear_probe(features, labels, np.arange(300))
    assert found.weight.shape == (3, 4) and found.weight[:, :3].argmax(1).tolist() == [0, 1, 2]
    assert found.score.min() > 0.95


def test_the_hand_built_readout_holds_the_address_after_the_first_layer_and_only_the_last_bit_before():
    model, task = pointer(8)
    memory = task.sample_memory(16, torch.Generator().manual_seed(0))
    layout = task.layout("trie")
    seen = model.read(task.trie_tokens(memory), layout, ["resid_pre"]).resid_pre[:, 0][:, :, layout.readouts]
    bits = task.address_bits(torch.arange(8)).repeat(16, 1)
    groups = torch.arange(16).repeat_interleave(8)
    for bit in range(3):
        before, after = (linear_probe(seen[layer].flatten(0, 1), bits[:, bit], groups) for layer in (0, 1))
        assert before.score.mean() == (1.0 if bit == 2 else pytest.approx(0.5))
        assert after.score.mean() == 1
        gathered = columns(3)["gathered"]
        assert after.direction[0, gathered].argmax() == bit


@pytest.mark.parametrize(("change", "message"), [
    ({"kind": "cubic"}, "expected a kind of probe, one of logistic, ridge, got 'cubic'"),
    ({"folds": 1}, "expected from 2 folds to one a group, 100, got 1"),
    ({"folds": 101}, "expected from 2 folds to one a group, 100, got 101"),
    ({"strength": 0.0}, "expected a strength above 0, got 0.0"),
    ({"labels": np.zeros(400)}, "expected at least two classes to train on"),
    ({"labels": np.zeros(399)}, r"got the shapes \(400, 6\), \(399,\) and \(400,\)"),
])
def test_impossible_questions_are_refused(change, message):
    features, labels, groups = blobs()
    with pytest.raises(ValueError, match=message):
        linear_probe(**{"features": features, "labels": labels, "groups": groups, **change})


@pytest.mark.parametrize("kind", ["logistic", "ridge"])
@pytest.mark.parametrize("form", [
    torch.Tensor.bfloat16, torch.Tensor.half, torch.Tensor.float, lambda x: x.float().requires_grad_(),
    lambda x: x.round().to(torch.int8), lambda x: x > 0, lambda x: x.tolist(), lambda x: x.float().numpy(),
    lambda x: x.numpy().astype(np.float16), lambda x: x.round().to(torch.uint8)])
def test_features_of_every_real_type_are_read_without_loss(form, kind):
    features, labels, groups = blobs()
    given = form(torch.tensor(features).abs())
    plain = given.detach().double().numpy() if isinstance(given, torch.Tensor) else np.asarray(given, np.float64)
    one, other = (linear_probe(x, y, groups, kind=kind) for x, y in
                  ((given, torch.tensor(labels).bfloat16()), (plain, labels.astype(float))))
    assert np.array_equal(one.score, other.score) and np.array_equal(one.weight, other.weight)


@pytest.mark.parametrize(("features", "reason"), [
    (np.full((400, 6), np.nan), "to be finite, got 2400 that are not"),
    (torch.full((400, 6), torch.inf).bfloat16(), "to be finite"),
    (np.ones((400, 6), complex), "to be real numbers, got complex128"),
    (torch.ones(400, 6, dtype=torch.complex64), "to be real numbers, got complex64"),
    ([["a"] * 6] * 400, "to be real numbers, got <U1"),
    ([[None] * 6] * 400, "to be real numbers, got object"),
    (np.full((400, 6), 2**60), "which double precision holds exactly"),
    (np.full((400, 6), np.iinfo(np.int64).min), "which double precision holds exactly")])
def test_features_that_have_no_answer_are_refused(features, reason):
    _, labels, groups = blobs()
    with pytest.raises(ValueError, match=f"expected features .*{reason}"):
        linear_probe(features, labels, groups)


@pytest.mark.parametrize("labels", [np.full(400, 3.0), np.zeros(400, int), torch.ones(400).bfloat16()])
def test_ridge_on_labels_that_are_all_the_same_is_refused(labels):
    features, _, groups = blobs()
    with pytest.raises(ValueError, match=r"expected labels that differ from the mean .* R squared has no value"):
        linear_probe(features, labels, groups, kind="ridge")


def test_ridge_on_labels_that_are_no_numbers_is_refused():
    features, labels, groups = blobs()
    for odd in (np.where(labels, "a", "b"), np.where(labels, np.nan, 0), labels * 1j):
        with pytest.raises(ValueError, match="expected labels"):
            linear_probe(features, odd, groups, kind="ridge")
