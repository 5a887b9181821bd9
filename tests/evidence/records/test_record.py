"""Records: what they accept, what their hash covers, and the texts that prose takes from them."""

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import RUN, record

from evidence.records import (
    Record,
    ci_text,
    n_text,
    number_text,
    provenance_text,
    seeds_text,
    sha256_of,
    value_ci_text,
    value_text,
)
from evidence.records.format import apply, count

NBSP = "\N{NO-BREAK SPACE}"
SCHEMA = json.loads((files("bookkit") / "schemas" / "record.json").read_text("utf8"))
OTHER = {
    "id": "made.other", "title": "Another title", "value": 0.25, "ci": (0.1, 0.9), "method": "guessed", "unit": "bits",
    "format": ".2f", "n": 11, "n_of": "memories", "runs": (), "module": "made_up.elsewhere", "function": "other", "code": "1" * 64,
    "versions": {"python": "3.11.8", "torch": "2.13.0", "numpy": "2.4.6", "deref": "0.1.0"},
    "build": {"commit": None, "clean": None, "hardware": "a shelf", "threads": 2, "wall_s": None},
}


def test_a_record_survives_its_file(tmp_path):
    made = record(ci=(0.25, 0.75), value=1 / 3)
    path = tmp_path / "record.json"
    path.write_text(made.dumps(), "utf8")
    assert Record.read(path) == made
    assert Record.read(path).dumps() == made.dumps()


def test_a_record_fits_the_published_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for made in (record(), record(ci=(0.1, 0.2), n=None, n_of=""), record(**{**OTHER, "format": ".1%"})):
        jsonschema.validate(made.to_json(), SCHEMA)


def test_the_schema_refuses_what_a_record_refuses():
    data = record().to_json()
    for name in data:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in data.items() if k != name}, SCHEMA)


@pytest.mark.parametrize("field", OTHER)
def test_the_hash_covers_what_the_result_is_and_nothing_of_its_build(field):
    changed = record(**{field: OTHER[field]})
    assert (changed.sha256 != record().sha256) == (field != "build")


@pytest.mark.parametrize(("field", "value"), [
    ("title", "Retitled"), ("unit", "km"), ("format", ".1%"), ("method", "guessed"), ("n_of", "memories"),
    ("runs", [{"address": "b" * 64, "config": RUN.config, "seeds": list(RUN.seeds)}]), ("function", "another"),
    ("runs", [{"address": RUN.address, "config": RUN.config, "seeds": [4, 2, 1, 0]}]),
])
def test_what_a_reader_sees_cannot_be_changed_under_the_hash(field, value):
    with pytest.raises(ValueError, match="was changed after it was published"):
        Record.from_json({**record().to_json(), field: value})


@pytest.mark.parametrize("form", [1, 3, True, "2", None, 2.5, [2]])
def test_a_form_that_nobody_knows_is_refused(form):
    with pytest.raises(ValueError, match="'made.up': expected its form to be 2, got"):
        Record.from_json({**record().to_json(), "form": form})


def test_a_record_cannot_pass_for_one_of_an_older_form():
    data = record().to_json()
    older = {**data, "seeds": [0, 1, 2, 4], "configs": [RUN.config], "unit": "km", "runs": [RUN.address]}
    del older["form"]
    with pytest.raises(ValueError, match=r"expected also the fields \['form'\]; got the unknown"):
        Record.from_json(older)
    del older["module"], older["function"]
    with pytest.raises(ValueError, match="expected its content to have the hash"):
        Record.from_json(older)


def test_the_hash_is_fixed_for_ever():
    # Records in citations carry this hash: a change of this line breaks every one of them.
    assert record().sha256 == "b930788434120888f91f198d9ce29c213701ac796891bb487b77a1ba5c3437ec"
    older = record(pooled=RUN.seeds, runs=(replace(RUN, seeds=None),), module=None, function=None)
    assert older.sha256 == "6e6ac687cd9324423511a889a816070ff420eb71381c63be2cce506d6455a75e"


RELEASES = Path(__file__).parents[3] / "records"


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0"])
def test_records_of_releases_are_read_and_written_as_they_were(version):
    rows = json.loads((RELEASES / version / "results.json").read_text("utf8"))["results"]
    for given in (row["record"] for row in rows):
        read = Record.from_json(given)
        assert (read.module, read.function, list(read.seeds)) == (None, None, given["seeds"])
        assert read.to_json() == given and read.sha256 == given["sha256"] == sha256_of(given)
        assert (list(read.configs), list(read.addresses)) == (given["configs"], given["runs"])
    jsonschema.validate(rows[0]["record"], SCHEMA)


def test_seeds_belong_to_their_runs():
    made = record(runs=(RUN, replace(RUN, address="b" * 64, seeds=(7, 0))))
    assert made.seeds == (0, 1, 2, 4, 7)
    assert [run["seeds"] for run in made.to_json()["runs"]] == [[0, 1, 2, 4], [7, 0]]
    assert Record.from_json(json.loads(made.dumps())) == made


@pytest.mark.parametrize("run", [3, {}, {"address": "a", "config": {}, "seeds": [0]},
                                 {"address": "a", "config": {"type": "C"}, "seeds": ["0"]},
                                 {"address": 1, "config": {"type": "C"}, "seeds": [0]}])
def test_a_run_that_is_none_is_refused(run):
    with pytest.raises(ValueError, match="expected (a run|the (address|configuration|seeds) of a run) to be"):
        Record.from_json({**record().to_json(), "runs": [run]})


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1 - 2**53, 2**53 - 1))
def test_the_hash_survives_a_program_without_whole_floats(x, whole):
    data = record(format=".3g", value=x).to_json()
    as_javascript = {**data, "value": int(x) if x.is_integer() and abs(x) < 2**53 else x}
    assert sha256_of(json.loads(json.dumps(as_javascript))) == data["sha256"]
    assert record(value=float(whole)).sha256 == record(value=whole).sha256


@pytest.mark.parametrize(("field", "value"), [
    ("id", "Upper.case"), ("id", ""), ("id", "spa ce"), ("id", ".dot"), ("id", "slash/id"), ("id", 3), ("id", "a\n"),
    ("title", " "), ("value", float("nan")), ("value", float("inf")), ("value", True), ("value", "0.5"),
    ("value", None), ("ci", (0.9, 0.1)), ("ci", (0.1,)), ("ci", (0.1, float("nan"))), ("ci", 0.5), ("n", -1),
    ("n", 2.5), ("n", True), ("pooled", (0.5,)), ("pooled", [0]), ("module", None), ("module", ""),
    ("function", 3), ("runs", (1,)), ("runs", [RUN]), ("runs", (replace(RUN, seeds=None),)), ("code", "abc"), ("versions", {"python": "3.11"}), ("build", {}),
    ("format", "d"), ("format", ".1q"), ("method", None), ("unit", 1),
])
def test_a_field_that_is_wrong_is_named(unchecked, field, value):
    with pytest.raises(ValueError, match=f"expected (an id|a format|'{field}' to be)"):
        record(**{field: value})


def test_content_that_was_changed_is_refused():
    data = record().to_json()
    with pytest.raises(ValueError, match=r"'made\.up': expected its content to have the hash .* was changed after"):
        Record.from_json({**data, "value": 0.75})


def test_missing_and_unknown_fields_are_named():
    data = record().to_json()
    del data["code"]
    with pytest.raises(ValueError, match=r"expected also the fields \['code'\]; got the unknown fields \['page'\]"):
        Record.from_json({**data, "page": "ch06"})
    with pytest.raises(ValueError, match="expected a record to be a JSON object, got list"):
        Record.from_json([data])


def test_a_file_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("value: 3")
    with pytest.raises(ValueError, match=r"expected .*x\.json to hold a record as JSON"):
        Record.read(path)


def test_editing_the_json_leaves_the_record_alone():
    made = record()
    before = made.dumps()
    made.to_json()["runs"][0]["config"]["size"] = 99
    assert made.dumps() == before


@pytest.mark.parametrize(("spec", "number", "text"), [
    (".1%", 0.9951, "99.5%"), (".0%", 1, "100%"), (".3f", -0.25, "−0.250"), ("d", 7, "7"), ("d", 7.0, "7"),
    (",d", 20000, "20,000"), (".0e", 2e-15, f"2{NBSP}×{NBSP}10⁻¹⁵"), (".1e", -1.5e20, f"−1.5{NBSP}×{NBSP}10²⁰"),
    (".0e", 0.0, "0"), (".2f", 3, "3.00"),
])
def test_numbers_are_written_in_one_form(spec, number, text):
    assert apply(spec, number) == text


def test_a_format_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"expected a format that fits 2\.5, got 'd'"):
        apply("d", 2.5)


def test_texts_for_prose():
    made = record(value=0.9951, ci=(0.991, 0.9991), format=".1%")
    assert value_text(made) == "99.5%"
    assert ci_text(made) == "99.1% to 99.9%"
    assert value_ci_text(made) == "99.5% (95% CI 99.1% to 99.9%)"
    assert n_text(made) == f"10{NBSP}seeds"
    assert seeds_text(made) == "seeds 0 to 2, 4"


def test_units_are_said_once_and_tables_leave_them_out():
    made = record(value=-1.5, ci=(-2, 1), format=".1f", unit="nats")
    assert value_ci_text(made) == f"−1.5{NBSP}nats (95% CI −2.0 to 1.0{NBSP}nats)"
    assert number_text(made) == "−1.5"


def test_a_lack_of_interval_is_said_of_samples_alone():
    assert value_ci_text(record()) == "0.5 (no interval)"
    assert ci_text(record()) == "no interval"
    worked_out = record(n=None, n_of="", runs=())
    assert value_ci_text(worked_out) == "0.5"
    assert n_text(worked_out) == worked_out.method
    assert seeds_text(worked_out) == "no seeds"


@pytest.mark.parametrize(("n", "of", "text"), [
    (1, "seeds", "1 seed"), (1, "memories", "1 memory"), (1, "pairs of cells", "1 pair of cells"),
    (1, "addresses", "1 address"), (2, "seeds", "2 seeds"), (20480, "cases", "20,480 cases"), (3, "", "3"),
])
def test_counts_agree_with_their_nouns(n, of, text):
    assert count(n, of) == text.replace(" ", NBSP, 1)


@pytest.mark.parametrize(("seeds", "text"), [
    ((3,), "seed 3"), ((3, 4), "seeds 3, 4"), ((9, 1, 2, 3), "seeds 1 to 3, 9"),
])
def test_seeds_are_grouped(seeds, text):
    assert seeds_text(record(runs=(replace(RUN, seeds=seeds),))) == text


def test_a_tooltip_says_where_a_number_comes_from():
    text = provenance_text(record())
    for part in ("made.up", "seeds 0 to 2, 4", "1\N{NO-BREAK SPACE}run", "code 000000000000", "torch 2.13.0",
                 "commit cccccccccccc"):
        assert part in text
    assert "with changes" in provenance_text(record(build={**record().build, "clean": False}))
    assert "commit" not in provenance_text(record(build={**record().build, "commit": None, "clean": None}))


def test_what_rounds_to_zero_has_no_sign():
    assert apply(".2f", -0.001) == apply(".2f", 0.0) == "0.00"
    assert apply(".1%", -0.00001) == "0.0%"
    assert apply(".2f", -0.4) == "\N{MINUS SIGN}0.40"
    assert apply(".0e", -1e-9) == "\N{MINUS SIGN}1\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻⁹"
