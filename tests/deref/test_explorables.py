"""What explorables export: bytes that hold the model, sizes that a phone can wait for, values worth comparing with."""

import hashlib
import json
import math

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

from deref.explorables.numbers import numbers
from deref.explorables.softmax_by_hand import KEYS, SIZES, VALUES, case, hidden, softmax_by_hand
from deref.explorables.weights import mean_heads, pack
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask
from evidence.config import from_json
from evidence.provenance import source
from evidence.results.explorable import HEAVY, LIGHT, Explorable, explore, files_of

TASK = PointerTask(M=4)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def member(**changes) -> ShownMember:
    """An untrained member, the second of two seeds."""
    model = Transformer(ModelConfig(**{"length": TASK.length, "layers": 2, "heads": 2, "width": 8, **changes}), (3, 5))
    coverage = attention_coverage(model, TASK, torch.tensor([[0, 1, 1, 0]]))
    return ShownMember(name="toy-4", task=TASK, model=model.member(1), seed=5, coverage=coverage, index=1)


def explorable(**changes) -> Explorable:
    return Explorable(**{"module": "toy", "data": {"a": 1}, "references": {"b": [0.5]}, "figure": subplots()[0],
                         "table": {"x": [1]}, **changes})


@pytest.mark.parametrize("changes", [{}, {"positions": "sinusoidal", "final_norm": False}, {"mlp": 12}])
def test_the_bytes_hold_every_parameter_of_the_member_and_the_means_of_its_heads(changes):
    chosen = member(**changes)
    description, content = pack(chosen)
    numbers = np.frombuffer(content, dtype="<f4")
    expected = {name: value[0] for name, value in chosen.model.state_dict().items()}
    expected["position"] = chosen.model.position[0]  # fixed positions are exported like learned ones
    expected |= {f"mean.{layer}": mean for layer, mean in enumerate(mean_heads(chosen))}
    assert description["tensors"].keys() == expected.keys()
    for name, place in description["tensors"].items():
        size = math.prod(place["shape"])
        found = numbers[place["start"] : place["start"] + size].reshape(place["shape"])
        assert found.tolist() == expected[name].tolist(), name
    assert len(numbers) == sum(value.numel() for value in expected.values())
    assert from_json(description["config"]) == chosen.model.config
    del description["tensors"], description["config"]
    assert description == {"name": "toy-4", "seed": 5, "cells": 4, "bits": 2, "file": "toy-4.bin"}


def test_data_list_the_binary_files_with_sizes_and_checksums():
    files = files_of("explore.toy", explorable(weights={"one": b"abcd", "two": b"efghijkl"}, late=frozenset({"two"})))
    assert files.keys() == {"data.json", "references.json", "one.bin", "two.bin"}
    data = json.loads(files["data.json"])
    assert data["a"] == 1 and json.loads(files["references.json"]) == {"b": [0.5]}
    assert data["files"] == {f"{name}.bin": {"bytes": len(files[f"{name}.bin"]),
                                            "sha256": hashlib.sha256(files[f"{name}.bin"]).hexdigest(),
                                            "late": name == "two"} for name in ("one", "two")}


@pytest.mark.parametrize(("changes", "message"), [
    ({"module": "Toy Box"}, "as a name in explore.toy, got 'Toy Box'"),
    ({"weights": {"../up": b""}}, "as a name in explore.toy, got '../up'"),
    ({"late": frozenset({"one"})}, "among those that come late, got one"),
    ({"weights": {"one": bytes(LIGHT)}}, "to fetch at most 200,000 bytes at once, got"),
    ({"weights": {"one": bytes(HEAVY + 1)}, "late": frozenset({"one"})}, "at most 2,000,000 bytes on demand, got"),
    ({"data": {"a": math.nan}}, "Out of range float"),
])
def test_what_a_page_cannot_use_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        files_of("explore.toy", explorable(**changes))


def test_what_comes_late_is_counted_for_each_choice_by_itself():
    weights = {"one": bytes(HEAVY), "two": bytes(HEAVY)}
    files = files_of("explore.toy", explorable(weights=weights, late=frozenset(weights)))
    assert {"one.bin", "two.bin"} <= files.keys()


def test_an_explorable_returns_its_figure_under_the_same_id():
    drawn = explore("explore.toy", explorable())
    assert repr(drawn) == "explore.toy" and drawn.files["svg"].startswith("<svg ")
    with pytest.raises(ValueError, match="expected an id"):
        explore("Not an id", explorable())


def test_numbers_are_plain_and_rounded():
    assert numbers(torch.tensor([[1 / 3, 2.0]], requires_grad=True)) == [[0.3333333, 2.0]]


def test_softmax_by_hand_is_what_the_formula_says():
    # three lines of their own: exp(q.k / (T sqrt d)), normalised, and their mean of the values
    query, size, temperature = (1.4, 1.0), 16, 0.5
    found = case(query, temperature, size, True)
    rest = hidden()[:, : size - 2].tolist()
    scores = [sum(a * b for a, b in zip((*query, *rest[0]), (*key, *rest[1 + i]), strict=True))
              for i, key in enumerate(KEYS)]
    raised = [math.exp(score / temperature / math.sqrt(size)) for score in scores]
    weights = [x / sum(raised) for x in raised]
    assert found["weights"] == pytest.approx(weights, abs=1e-8)
    assert found["returned"] == pytest.approx(sum(w * v for w, v in zip(weights, VALUES, strict=True)), abs=1e-7)
    assert found["entropy"] == pytest.approx(-sum(w * math.log2(w) for w in weights), abs=1e-7)


def test_a_query_of_no_length_weighs_all_keys_alike():
    found = case((0.0, 0.0), 0.05, 2, True)
    assert found["weights"] == pytest.approx([1 / len(KEYS)] * len(KEYS))
    assert found["entropy"] == pytest.approx(math.log2(len(KEYS)))


def test_softmax_by_hand_exports_the_hidden_coordinates_that_its_references_used():
    made = softmax_by_hand()
    assert np.array(made.data["hidden"]).shape == (1 + len(KEYS), SIZES[-1] - 2)
    assert made.data["hidden"] == hidden().tolist()
    assert {c["size"] for c in made.references["cases"]} <= set(SIZES)
    assert sum(len(content) for content in files_of("explore.s", made).values()) < LIGHT


def test_the_first_section_of_the_chapter_depends_on_no_trained_model():
    reached = source.closure(["deref.explorables.softmax_by_hand", "evidence.results.explorable"], source.CODE)
    assert not [name for name in reached if name.startswith("deref.experiment")], "or its page would train them all"
