"""Recall in context: the record is that of the points, states are counted, and a reader counts right answers."""

from dataclasses import dataclass

import pytest
import torch
from torch.nn.functional import one_hot

from deref.sections.ch07.in_context import recall
from deref.sections.ch07.in_context import recall_sweep as swept
from deref.sections.ch07.in_context.arms import ARCHITECTURES, RATES, SEEDS, SIZES, STEPS, WIDTH
from deref.tasks.associative_recall import AssociativeRecallTask
from evidence.runs import Store


def test_the_record_is_that_of_the_points_and_has_every_seed_of_them(tmp_path):
    record, store = recall.record(), Store(tmp_path)
    assert len(record.runs) == len(recall.POINTS)
    assert {(row["network"], str(row["pairs"]), row["rate"], row["seed"]) for row in record.rows()} == {
        (*key, seed) for key in recall.POINTS for seed in SEEDS}
    assert not any(store.has(one.config, one.seeds) for one in swept.POINTS.values())  # a record needs no run


def test_the_best_and_the_worst_rate_are_those_of_means_over_seeds(monkeypatch):
    found = {"1": (0.2, 0.4), "3": (1.0, 0.0), "10": (0.5, 0.7), "30": (0.0, 0.1)}

    class Made:
        def rows(self, network, pairs, rate):
            assert (network, pairs) == ("gru", 16)
            return [{"right": value} for value in found[rate]]

    monkeypatch.setattr(recall, "record", Made)
    assert recall.best(None, recall.WINDOWS["gru", "16"]).value == pytest.approx(0.6)
    assert recall.worst(None, recall.WINDOWS["gru", "16"]).value == pytest.approx(0.05)


def test_networks_differ_in_nothing_but_themselves():
    for pairs in SIZES:
        for rate in RATES.values():
            recipes = [getattr(config, "train", config) for config in
                       (arch.config(pairs, rate) for arch in ARCHITECTURES.values())]
            assert {(one.task.pairs, one.lr, one.steps, one.batch, one.model.width) for one in recipes} == {
                (pairs, rate, STEPS, 16, WIDTH)}


def test_a_state_is_what_a_network_keeps_of_the_tokens():
    kept = {name: [arch.state(tokens) for tokens in (1, 2, 32)] for name, arch in ARCHITECTURES.items()}
    assert kept == {"attention-2": [256, 512, 8192], "attention-1": [128, 256, 4096], "linear": [4160] * 3,
                    "gru": [64] * 3}


def test_parameters_are_counted_part_by_part():
    embedding, positions, readout, layer = 256 * 64, 48 * 64, 64 * 128 + 128 + 2 * 64, 4 * (64 * 64 + 64) + 2 * 64
    assert ARCHITECTURES["attention-2"].parameters(16) == embedding + positions + readout + 2 * layer
    assert ARCHITECTURES["linear"].parameters(16) == 2 * embedding + positions + readout + layer
    assert ARCHITECTURES["gru"].parameters(16) == embedding + 2 * (64 * 192 + 192) + 64 * 128 + 128


@dataclass(frozen=True, eq=False)
class Held:
    """A run that holds a model which nothing trained."""

    model: object


@pytest.mark.parametrize("answer", ["oracle", "another", "none"])
def test_right_answers_and_values_of_the_sequence_are_counted(answer):
    task = AssociativeRecallTask(pairs=4)

    def model(tokens, layout):
        right = task.oracle(tokens)
        values = tokens[:, 1:8:2] - task.outputs
        outside = torch.stack([(values != one).all(1) for one in range(task.outputs)], 1).int().argmax(1)
        given = {"oracle": right, "another": values[:, :1].expand(-1, 4), "none": outside[:, None].expand(-1, 4)}
        return one_hot(given[answer], task.outputs)[None].double()

    right, known = swept.read(Held(model=model), 4)
    assert known == [0.0 if answer == "none" else 1.0]
    if answer == "another":  # the first pair's value for all: right once in four, or more where values are the same
        assert 0.25 <= right[0] < 0.3
    else:
        assert right == [1.0 if answer == "oracle" else 0.0]
