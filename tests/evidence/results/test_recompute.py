"""Published records beside what their functions compute from a store that trains nothing."""

import json
from dataclasses import replace

import pytest
import toy_results
from quadratic import Quadratic

from deref.cli.commands import main
from evidence.results.provenance import record_of
from evidence.results.recompute import Kept, Lacking, faults, recomputed
from evidence.results.registry import get
from evidence.runs import Store


@pytest.fixture
def kept(tmp_path):
    """A store that has the runs of the toy results, and trains nothing."""
    trained = Store(tmp_path / "runs", device="cpu")
    toy_results.toy.run(trained)
    trained.run(Quadratic(steps=9), (0, 1))
    return Kept(tmp_path / "runs", device="cpu")


def test_what_a_function_computed_is_found_again(kept):
    for id in ("toy.mean", "toy.gap", "toy.six"):
        assert recomputed(record_of(get(id), kept), kept) == ""


@pytest.mark.parametrize(("change", "said"), [
    ({"value": 43}, "published as 43, and toy_results.six computes 42"), ({"unit": "km"}, "another unit"),
    ({"title": "Seven by six"}, "another title"), ({"method": "guessed"}, "another method"),
    ({"format": ".1f"}, "another format"), ({"n": 3}, "another n "), ({"function": "seven"}, "another function"),
    ({"ci": (41, 43)}, "published as 42 in [41, 43]"), ({"id": "toy.sixty"}, "no registered function computes it"),
])
def test_what_no_function_computed_is_said(kept, change, said):
    assert said in recomputed(replace(record_of(get("toy.six"), kept), **change), kept)


def test_nothing_is_trained_for_it(kept, tmp_path):
    record = record_of(get("toy.mean"), kept)
    with pytest.raises(Lacking, match="does not have the run"):
        Kept(tmp_path / "empty", device="cpu").run(Quadratic(steps=4), (0,))
    assert "cannot be computed again: the store at" in recomputed(record, Kept(tmp_path / "empty", device="cpu"))


def test_ids_only_have_to_have_a_function(kept):
    found = faults([], ["toy.six", "toy.none"], kept)
    assert list(found) == ["toy.none"]


def test_the_command_refuses_what_holds_no_records(tmp_path, capsys):
    for text in ("{}", "[]", json.dumps({"records": [{}], "ids": []}), "nothing"):
        (tmp_path / "asked.json").write_text(text, "utf-8")
        status = main(["recompute", "--records", str(tmp_path / "asked.json"), "--faults", str(tmp_path / "faults")])
        assert status == 2
        assert "to hold records and ids" in capsys.readouterr().err
