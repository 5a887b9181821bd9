"""What importing costs: the front door is lazy, and the two packages stay out of each other's way."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import deref
from evidence.provenance.source import CODE, closure, imports_of, module_map

PROJECT = Path(__file__).parents[2]
MODULES = module_map(CODE)
HEAVY = ("torch", "numpy", "matplotlib", "scipy", "safetensors", "rich")
SPHINX = ("sphinx", "docutils", "myst_nb", "myst_parser", "bookkit")


def loaded_by(statement):
    """The top-level packages in memory after a statement, in a fresh process at the project's root."""
    script = f"import json, sys; {statement}; print(json.dumps([name.split('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def below(package):
    return [name for name in MODULES if name.split(".")[0] == package]


def packages_imported_in(name):
    path, package = MODULES[name].path, MODULES[name].package
    return {imported.split(".")[0] for imported in imports_of(path.read_text("utf-8"), name, package)}


def test_importing_the_front_door_loads_nothing_heavy():
    assert not loaded_by("import deref") & set(HEAVY)


@pytest.mark.parametrize("module", ["evidence.provenance.source", "evidence.config", "evidence.runs",
                                    "deref.experiment", "deref.cli",
                                    "deref.cli.train", "evidence.records", "deref.ledger"])
def test_the_light_parts_load_no_torch(module):
    assert "torch" not in loaded_by(f"import {module}")


def test_the_book_s_machinery_never_imports_torch():
    assert below("bookkit")
    reached = closure(below("bookkit"), CODE)
    assert {name for name in reached if "torch" in packages_imported_in(name)} == set()
    assert {name for name in reached if name.split(".")[0] == "deref"} == set()


def test_the_science_never_imports_the_book_s_machinery():
    assert {name: found for name in below("deref") if (found := packages_imported_in(name) & set(SPHINX))} == {}


def test_a_run_depends_on_no_code_that_stores_names_or_shows_it():
    reached = closure(["deref.train.config", "deref.tasks.pointer"], CODE)
    assert "deref.train.trainer" in reached
    assert {name for name in reached if name.startswith("evidence.")} == {"evidence.config"}
    parts = {name.split(".")[1] for name in reached if name.startswith("deref.")}
    assert parts == {"model", "tasks", "train"}


def test_the_front_door_alone_depends_on_nothing():
    assert closure(["deref"], CODE) == ("deref",)


@pytest.mark.parametrize("name", deref._EXPORTS)
def test_every_name_behind_the_front_door_is_there(name):
    assert getattr(deref, name) is getattr(importlib.import_module(deref._EXPORTS[name]), name)
    assert deref._EXPORTS[name] in closure([f"deref.{name}"], CODE)


def test_no_name_is_both_exported_and_a_module():
    # `from deref import train` would give one or the other, depending on what was imported before.
    assert [name for name in deref._EXPORTS if f"deref.{name}" in MODULES] == []


def test_the_front_door_says_what_it_has():
    assert set(deref.__all__) == set(deref._EXPORTS) <= set(dir(deref))
    with pytest.raises(AttributeError, match="module 'deref' has no attribute 'Missing'"):
        _ = deref.Missing
    with pytest.raises(ImportError, match="Missing"):
        from deref import Missing  # noqa: F401


def test_every_table_of_names_can_be_read_without_running_it():
    doors = [name for name, module in MODULES.items() if "_EXPORTS" in module.path.read_text("utf-8")]
    for name in doors:
        for node in ast.parse(MODULES[name].path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "_EXPORTS":
                assert set(ast.literal_eval(node.value).values()) <= MODULES.keys()
    assert "deref" in doors
