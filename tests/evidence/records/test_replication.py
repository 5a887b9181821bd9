"""A replication's file: what is written is read again, what a stranger may send is refused in a line, and counts."""

import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from made_up import RUN, record

from evidence.claims import EXACT, MIXED, REFUTED, SUPPORTED, UNSETTLED, Claim, Criterion
from evidence.claims.agreement import Tally, calibrations, kind_of, seen_by, tally, together
from evidence.claims.criterion import above
from evidence.records.replication import LIMIT, Replication, Value, recipe_of, slug_of

SCHEMA = json.loads((Path(__file__).parents[3] / "code/bookkit/schemas/replication.json").read_text("utf-8"))
SHORT = "0123456789abcdef"


def replication(**changes):
    made = Replication(
        offset=1000, exact=False, created="2026-01-31T12:00:00+00:00", code="0" * 64,
        machine={"processor": "Intel(R) Xeon(R) CPU @ 2.80GHz", "cores": 2, "device": "cpu", "system": "Linux x86_64"},
        versions={"python": "3.11.2", "torch": "2.13.0+cpu", "numpy": "2.3", "deref": "0.2.0"},
        values={"a.b": Value(value=0.5, ci=(0.25, 0.75), n=10, recipe=SHORT),
                "a.exact": Value(value=3, ci=None, n=None, recipe=SHORT)},
        verdicts={"a.claim": {"verdict": "supported", "conditions": "", "criterion": SHORT}},
        not_run={"deref.sections.ch07.block.norms": "the package lifelines is not installed"}, failed={"a.c": "no seed"})
    return replace(made, **changes)


def changed(path, value):
    data = json.loads(replication().dumps())
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(data).encode()


def test_what_is_written_is_read_and_valid(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(replication().dumps(), "utf-8")
    assert Replication.read(path) == replication()
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(replication().dumps()))
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"]) == {"format", *Replication.__dataclass_fields__}


def test_a_compressed_file_is_read_as_the_plain_one(tmp_path):
    path = tmp_path / "x.json.xz"
    replication().write(path)
    assert lzma.decompress(path.read_bytes()).decode() == replication().dumps()
    assert Replication.read(path) == replication()


@pytest.mark.parametrize("data, said", [
    (b"{}", r"^x\.json\.xz: expected a file compressed by xz, got: "),
    (lzma.compress(replication().dumps().encode())[:-9], r"^x\.json\.xz: expected a file compressed by xz, got: "),
    (lzma.compress(b" " * 10**8, preset=0), "^x.json.xz: .*at most"),
], ids=["plain", "cut", "blanks without end"])
def test_a_damaged_or_swelling_file_is_refused(tmp_path, data, said):
    path = tmp_path / "x.json.xz"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=said):
        Replication.read(path)


def test_a_file_is_named_by_what_made_it():
    assert replication().name == "0.2.0-intel-xeon-2-80ghz-1000"
    assert replication(exact=True, offset=0).name == "0.2.0-intel-xeon-2-80ghz-0-exact"
    assert slug_of("../../etc") == "etc" and slug_of("®") == "unknown"


def test_values_have_a_line_each():
    assert sum(line.startswith('  "a.') for line in replication().dumps().split("\n")) == 4


@given(st.floats(-1e200, 1e200), st.integers(1, 10**6))
def test_a_value_keeps_twelve_digits(value, n):
    kept = Value.of(replace(record("a.b", value, n=n), format=".3g"))
    assert kept.value == pytest.approx(value, rel=1e-11, abs=0)
    assert kept.n == n


@pytest.mark.parametrize(("data", "said"), [
    (b"", "expected a replication as JSON"),
    (b"\xff\xfe", "expected a replication as JSON"),
    (b"[" * 100_000, "nested without end"),
    (b" " * (LIMIT + 1), "at most"),
    (b"[]", "expected the file to be an object"),
    (b'{"format": 1, "format": 1}', "a key stands twice"),
    (b'{"format": NaN}', "NaN is no number of JSON"),
    (changed(["format"], 2), "expected format to be 1"),
    (changed(["offset"], -1), "expected offset"),
    (changed(["offset"], True), "expected offset"),
    (changed(["exact"], 0), "expected exact"),
    (changed(["created"], "yesterday"), "expected created"),
    (changed(["surprise"], 1), "surprise missing or unknown"),
    (changed(["machine", "processor"], "a\nb"), "expected machine.processor"),
    (changed(["machine", "processor"], "a" * 201), "expected machine.processor"),
    (changed(["machine", "cores"], 0), "expected machine.cores"),
    (changed(["machine", "device"], "tpu"), "expected machine.device"),
    (changed(["versions", "torch"], "../x"), "expected versions.torch"),
    (changed(["code"], "abc"), "expected code"),
    (changed(["values"], {}), "expected values to be results, at least one"),
    (changed(["values"], []), "expected values to be an object"),
    (changed(["values", "<b>"], {}), "expected a name in values to be an id"),
    (changed(["values", "a.b", "value"], "0.5"), "expected values.a.b.value"),
    (changed(["values", "a.b", "value"], True), "expected values.a.b.value"),
    (changed(["values", "a.b", "value"], 10**400), "expected values.a.b.value"),
    (changed(["values", "a.b", "ci"], [0.75, 0.25]), "low before high"),
    (changed(["values", "a.b", "ci"], [0.25]), "expected values.a.b.ci"),
    (changed(["values", "a.b", "n"], 0), "expected values.a.b.n"),
    (changed(["values", "a.b", "recipe"], "x"), "expected values.a.b.recipe"),
    (changed(["values"], {f"a.{i}": {} for i in range(20_001)}), "at most 20,000 names"),
    (changed(["verdicts", "a.claim", "conditions"], "x" * 4_001), "expected verdicts.a.claim.conditions"),
    (changed(["failed", "a.c"], "\u202egood"), "expected failed.a.c"),
    (json.dumps(json.loads(replication().dumps())).replace("0.75", "1e999").encode(), "expected values.a.b.ci"),
])
def test_what_is_not_a_replication_is_refused_in_one_line(data, said):
    with pytest.raises(ValueError, match="expected") as refused:
        Replication.loads(data)
    assert said in str(refused.value) and "\n" not in str(refused.value) and len(str(refused.value)) < 600


def test_a_value_counts_where_the_same_was_run():
    mine = record("a.b", 0.4, ci=(0.2, 0.6), n=10)
    other = replication(values={"a.b": Value(value=0.5, ci=(0.3, 0.7), n=9, recipe=recipe_of(mine)),
                                "a.gone": Value(value=1, ci=None, n=None, recipe=SHORT)})
    (seen,) = seen_by(other, {"a.b": mine}).values()
    assert (seen.value, seen.ci, seen.n, seen.title) == (0.5, (0.3, 0.7), 9, mine.title)
    shifted = replace(RUN, seeds=tuple(seed + 1000 for seed in RUN.seeds))
    assert recipe_of(replace(mine, runs=(shifted,))) == recipe_of(mine)
    for unlike in (replace(RUN, seeds=(*RUN.seeds, 99)), replace(RUN, config={"type": "Other"})):
        assert seen_by(other, {"a.b": replace(mine, runs=(unlike,))}) == {}
    assert seen_by(other, {"a.b": replace(mine, format="d", value=0, ci=None)}) == {}, "a share is no count"


CLAIM = Claim(id="a.claim", chapter=6, statement="S.", source="ours", quote="q", expected=SUPPORTED,
              criterion=Criterion(parts={"it is high": above("a.b", "50%", "the share")}))


def test_replications_are_judged_by_today_s_criterion():
    seen = {name: {"a.b": record("a.b", value, ci=ci, n=10)} for name, value, ci in (
        ("high", 0.9, (0.6, 1.0)), ("low", 0.1, (0.0, 0.4)), ("open", 0.5, (0.2, 0.8)))} | {"none": {}}
    found = tally(CLAIM, SUPPORTED, seen)
    assert found.others == {"high": SUPPORTED, "low": REFUTED, "open": UNSETTLED}
    assert found.agree == 1
    assert found.sentence() == "agrees in 1 of 3 replications; 1 finds it refuted, 1 leaves it open"


@pytest.mark.parametrize(("found", "others", "said"), [
    (SUPPORTED, [], ""),
    (SUPPORTED, [SUPPORTED], "agrees in 1 of 1 replication"),
    (MIXED, [MIXED, MIXED, MIXED], "agrees in 3 of 3 replications"),
    (MIXED, [REFUTED, REFUTED, MIXED], "agrees in 1 of 3 replications; 2 find it refuted"),
    (UNSETTLED, [UNSETTLED, SUPPORTED], "left open in 1 of 2 replications too; 1 supported"),
    ("not run", [SUPPORTED, UNSETTLED], "in 2 replications: 1 supported, 1 unsettled"),
])
def test_a_tally_in_words(found, others, said):
    assert Tally(found=found, others={str(i): other for i, other in enumerate(others)}).sentence() == said


def test_a_hand_written_criterion_that_fails_on_a_stranger_s_values_is_not_run():
    class Careless:
        needs = ("a.b",)

        def sentence(self):
            return "s"

        def verdict(self, results):
            return results["a.b"].ci[0]

    careless = replace(CLAIM, criterion=Careless(), kind=EXACT)
    assert tally(careless, SUPPORTED, {"x": {"a.b": record("a.b", 1.0, n=3)}}).others == {}


def test_intervals_are_counted_by_kind_and_unit():
    mine = {"a.t": replace(record("a.t", 0.5, ci=(0.4, 0.6), n=5), method="mean over seeds, t interval"),
            "a.w": replace(record("a.w", 0.5, ci=(0.4, 0.6), n=5), method="share of seeds, Wilson interval"),
            "a.exact": record("a.exact", 0.5),
            "a.loose": replace(record("a.loose", 0.5, ci=(0.4, 0.6), n=5), runs=())}
    other = {rid: replace(one, value=0.45 if rid == "a.t" else 0.7, ci=None) for rid, one in mine.items()}
    counted = calibrations(mine, [other, other, {"a.t": replace(mine["a.t"], value=0.61)}])
    assert [(one.kind, one.inside, one.count, one.results) for one in counted] == [("Wilson", 0, 2, 1), ("t", 2, 3, 1)]
    assert [(one.kind, one.count) for one in together([*counted, *counted])] == [("Wilson", 4), ("t", 6)]


@pytest.mark.parametrize(("method", "kind"), [
    ("mean over 3,840 cases, t interval clustered by memories", "clustered t"),
    ("mean over 10 cases, all equal; Wilson interval with each of the memories counted once", "Wilson"),
    ("difference of shares, 10 against 10 seeds, Newcombe interval", "Newcombe"),
    ("median of the survival curve over seeds", "survival curve"),
    ("median over seeds, percentile bootstrap of 9,999 resamples", "percentile bootstrap"),
    ("mean over seeds, t interval cut at 0 and 1", "t"), ("by eye", "other"),
])
def test_the_kind_of_an_interval_is_read_from_its_method(method, kind):
    assert kind_of(method) == kind
