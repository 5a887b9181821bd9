"""Paths from outside are settled once: homes expanded, made absolute, and handed on whole to whatever is started."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from bookkit.execution import train
from deref.cli.commands import path_argument
from evidence.location import default_root, environment
from evidence.paths import from_outside
from evidence.runs import Store, StoreError


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("text", "path"), [
    ("runs", "runs"), ("./runs/../other", "other"), ("~", "home"), ("~/runs", "home/runs"), ("a~b", "a~b"),
    ("sub/~/runs", "sub/~/runs"), ("../runs", "../runs"), (" spaced out ", " spaced out "), ("é/ü", "é/ü")])
def test_a_path_is_absolute_and_knows_homes(tmp_path, text, path):
    assert from_outside(text) == Path(os.path.normpath(tmp_path / path))
    assert from_outside(str(from_outside(text))) == from_outside(text)


@pytest.mark.parametrize("text", ["", "~nobody-of-this-name/runs", "a\0b"])
def test_what_is_no_path_is_refused(text, monkeypatch):
    with pytest.raises(ValueError, match="expected a path, got "):
        from_outside(text)


def test_the_store_of_the_environment(tmp_path, monkeypatch):
    for named, path in (("runs", "runs"), ("~/runs", "home/runs")):
        monkeypatch.setenv("DEREF_STORE", named)
        assert default_root() == Store().root == Store(named).root == tmp_path / path
        assert environment() == {"DEREF_STORE": str(tmp_path / path)}
    monkeypatch.setenv("DEREF_STORE", "~nobody-of-this-name/runs")
    with pytest.raises(StoreError, match=r"^DEREF_STORE: expected a path, got '~nobody-of-this-name/runs'"):
        Store()
    monkeypatch.setenv("DEREF_STORE", "")
    assert environment() == {}


def test_chapters_and_training_have_the_store_of_the_build_wherever_they_work(tmp_path, monkeypatch):
    monkeypatch.setenv("DEREF_STORE", "runs")
    monkeypatch.setattr(train.switches, "exactly", lambda: False)
    monkeypatch.setattr(train.stamp, "code_root", lambda app: tmp_path / "code")
    found = train.environment(types.SimpleNamespace())
    (tmp_path / "book" / "ch06").mkdir(parents=True)
    said = subprocess.run([sys.executable, "-c", "from evidence.location import default_root; print(default_root())"],
                          env={**found, "PYTHONPATH": ""}, cwd=tmp_path / "book" / "ch06", capture_output=True,
                          text=True, check=True)
    assert said.stdout == f"{tmp_path / 'runs'}\n"


def test_a_command_s_files_are_those_of_who_typed_them(tmp_path):
    import argparse

    assert path_argument("~/record.json") == tmp_path / "home" / "record.json"
    with pytest.raises(argparse.ArgumentTypeError, match="expected a path, got ''"):
        path_argument("")
