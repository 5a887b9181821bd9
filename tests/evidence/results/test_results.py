"""Results: the registry, what is collected about a number, and how it travels out of a notebook's cell."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from quadratic import Quadratic

from evidence.config import to_json
from evidence.records import Record
from evidence.results import exact, registry, result
from evidence.results.provenance import code_of, record_of
from evidence.results.publish import publish
from evidence.runs import Store, origin

SUPPORT = Path(__file__).parents[2] / "support"


@pytest.fixture
def declared(monkeypatch):
    """A registry of its own, with the toy results in it."""
    monkeypatch.setattr(registry, "_REGISTRY", registry._REGISTRY.empty())
    monkeypatch.delitem(sys.modules, "toy_results", raising=False)
    import toy_results  # noqa: F401


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs", device="cpu")


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "PYTHONPATH": str(SUPPORT), "DEREF_STORE": str(tmp_path / "runs"), "DEREF_DEVICE": "cpu"}


@pytest.fixture
def notebook(environment):
    """Run cells in a kernel; gives the outputs of each."""
    def run(*cells):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells])
        NotebookClient(book, kernel_name="python3").execute(env=environment)
        return [cell.outputs for cell in book.cells]

    return run


def records(outputs):
    found = [output.get("metadata", {}).get("book.result") for output in outputs]
    return [Record.from_json(data) for data in found if data]


def test_a_result_is_found_by_its_id(declared):
    found = registry.get("toy.mean")
    assert (found.title, found.unit, found.format, found.module) == ("Mean of the first coordinate", "", ".3f",
                                                                     "toy_results")
    assert registry.ids() == ("toy.endless", "toy.gap", "toy.mean", "toy.six")


def test_an_unknown_id_names_the_nearest_and_what_to_import(declared):
    with pytest.raises(ValueError, match=r"got 'toy\.meen'; the nearest are toy\.mean, toy\.endless\. Import the "
                                         r"module that declares it"):
        registry.get("toy.meen")
    with pytest.raises(ValueError, match="got 'zzz'; none is near"):
        registry.get("zzz")


def test_an_id_is_declared_once(declared):
    with pytest.raises(ValueError, match=r"expected a new id for a result, got 'toy\.six', which toy_results declares"):
        result("toy.six", title="Again")(lambda store: exact(1, "counted"))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"id": "Upper"}, "expected an id of lower-case letters"),
    ({"title": " "}, "expected a title for the result 'x.y', got none"),
    ({"format": ".1q"}, r"expected a format that fits 1, got '\.1q'"),
])
def test_a_declaration_that_is_wrong_is_refused(declared, arguments, message):
    with pytest.raises(ValueError, match=message):
        result(**{"id": "x.y", "title": "X", **arguments})


def test_a_record_names_the_runs_that_were_asked_for_in_their_order(declared, store):
    made = record_of(registry.get("toy.gap"), store)
    configs = [Quadratic(steps=9), Quadratic(steps=4)]
    assert made.configs == tuple(map(to_json, configs))
    assert made.addresses == (store.address(configs[0], (0, 1)), store.address(configs[1], (2, 0, 5)))
    assert [run.seeds for run in made.runs] == [(0, 1), (2, 0, 5)]
    assert made.seeds == (0, 1, 2, 5)
    assert (made.module, made.function) == ("toy_results", "gap")
    assert made.versions == origin.versions()
    assert (made.unit, made.n, made.n_of, made.method) == ("units", 2, "trainings", "difference of means")
    assert made.build["threads"] == 1
    assert made.build["hardware"] == origin.hardware("cpu")
    assert made.build["wall_s"] > 0
    assert Record.from_json(json.loads(made.dumps())) == made


def test_a_number_without_runs_comes_from_this_process(declared, store):
    made = record_of(registry.get("toy.six"), store)
    assert (made.value, made.seeds, made.runs, made.configs) == (42, (), (), ())
    assert made.build["hardware"] == origin.hardware("cpu")
    assert made.build["wall_s"] is None


def test_a_number_that_is_none_is_refused(declared, store):
    with pytest.raises(ValueError, match="expected the value of a result to be one finite number, got inf"):
        publish("toy.endless", store=store)
    with pytest.raises(ValueError, match="expected the id of a result or more, got none"):
        publish(store=store)


def test_all_ids_are_checked_before_anything_is_computed(declared, store):
    with pytest.raises(ValueError, match=r"the nearest are toy\.mean"):
        publish("toy.gap", "toy.meen", store=store)
    assert not list(store.root.glob("*"))


def test_the_fingerprint_covers_what_a_module_reaches(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def fingerprint(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        __import__(name)
        return code_of([name])

    plain = fingerprint("one", "from evidence.config import config\nx = 1\n")
    assert re.fullmatch("[0-9a-f]{64}", plain)
    assert fingerprint("two", "from evidence.config import config\nx = 2\n") != plain
    assert fingerprint("three", "x = 1\n") != plain
    assert code_of(["evidence.config"]) != code_of(["evidence.exact"])
    assert code_of(["evidence.config", "evidence.exact"]) == code_of(["evidence.exact", "evidence.config"])


def test_code_that_no_file_holds_has_no_fingerprint():
    with pytest.raises(ValueError, match=r"to be defined in a file, .* got the module 'builtins'"):
        code_of(["builtins"])


def test_two_processes_make_the_same_hash(environment):
    script = ("import toy_results; from evidence.results.publish import publish\n"
              "print(*[r.sha256 for r in publish('toy.mean', 'toy.gap', 'toy.six').records])")
    hashes = []
    for root, threads, seed in (("one", "1", "1"), ("one", "2", "2"), ("another", "1", "3")):
        own = {**environment, "DEREF_STORE": f"{environment['DEREF_STORE']}-{root}", "OMP_NUM_THREADS": threads,
               "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", script], env=own, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        hashes.append(done.stdout.split())
    assert len(set(hashes[0])) == 3
    assert hashes == [hashes[0]] * 3


def test_a_notebook_publishes_each_result_once_wherever_it_stands(notebook):
    first, second, third = notebook(
        """
        import toy_results
        from deref import publish
        for key in ("mean", "six"):
            publish(f"toy.{key}")
        """,
        'publish("toy.mean", "toy.gap")',
        'kept = publish("toy.six")\nprint(kept)\ndisplay(kept)\nkept',
    )
    assert [one.id for one in records(first)] == ["toy.mean", "toy.six"]
    assert [one.id for one in records(second)] == ["toy.mean", "toy.gap"]
    assert [one.id for one in records(third)] == ["toy.six"]
    assert "execute_result" not in {output.output_type for output in (*first, *second, *third)}
    (shown,) = [output for output in third if output.output_type == "display_data"]
    assert shown.data["text/plain"] == "toy.six = 42"
    assert "<code>toy.six</code> <span>Six by nine</span>: <strong>42</strong>" in shown.data["text/html"]


def test_a_notebook_cannot_declare_what_nobody_else_could_compute(notebook):
    (outputs,) = notebook(
        """
        from deref import Estimate, result
        try:
            @result("x.y", title="X")
            def x(store):
                return Estimate(1, None, "counted")
        except ValueError as error:
            print(error)
        """)
    assert "expected the function of 'x.y' in a module that can be imported, got one" in outputs[0].text


def test_outside_a_notebook_the_lines_are_the_object(declared, store):
    published = publish("toy.six", "toy.mean", store=store)
    assert repr(published).splitlines()[0] == "toy.six = 42"
    assert re.fullmatch(r"toy\.mean = −?\d\.\d{3} \(95% CI .* to .*\), 3\s+seeds", repr(published).splitlines()[1])


def test_a_family_is_declared_by_one_pattern_and_one_function(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRY", registry._REGISTRY.empty())
    sides = {"six": {"n": 6}, "ten": {"n": 10}}

    @result.each({(name, kind): (side["n"], kind) for name, side in sides.items() for kind in ("whole", "half")},
                 "toy.{side}.{part}", title="The {part} of {side}, which is {member[0]}", format="d")
    def part(store, member):
        number, kind = member
        return exact(number if kind == "whole" else number // 2, "counted")

    assert registry.ids() == ("toy.six.half", "toy.six.whole", "toy.ten.half", "toy.ten.whole")
    assert registry.get("toy.ten.half").title == "The half of ten, which is 10"
    assert [registry.get(id).function(None).value for id in registry.ids()] == [3, 6, 5, 10]
    assert {registry.get(id).source for id in registry.ids()} == {part}
    assert [one.id for one in registry.matching("toy.ten.whole", "toy.*.half", "toy.ten.*")] == [
        "toy.ten.whole", "toy.six.half", "toy.ten.half"]
    with pytest.raises(ValueError, match=r"expected the pattern 'no\.\*' to match"):
        registry.matching("no.*")


def test_a_family_takes_keys_that_fit_its_places_and_functions_of_a_member(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRY", registry._REGISTRY.empty())
    with pytest.raises(ValueError, match="expected members"):
        result.each([], "toy.{side}", title="Nothing")
    with pytest.raises(ValueError, match=r"expected a key for the 1 places of 'toy\.\{side\}', got \('a', 'b'\)"):
        result.each([("a", "b")], "toy.{side}", title="Two")(lambda store, side: exact(1, "counted"))
    with pytest.raises(ValueError, match="to take the store and a member"):
        result.each(["a"], "toy.{side}", title="One")(lambda store: exact(1, "counted"))
