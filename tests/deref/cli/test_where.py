"""`deref where`: from a published number to the lines that compute it."""

import pytest

from deref.cli.commands import main
from evidence.provenance.source import CODE
from evidence.results import registry


@pytest.fixture
def where(monkeypatch, capsys):
    """Run the command in the folder of the project; gives its exit status and both streams."""
    monkeypatch.chdir(CODE.parent)

    def call(*arguments):
        return (main(["where", *arguments]), *capsys.readouterr())

    return call


def test_an_id_leads_to_its_function_and_shows_it(where):
    status, out, _ = where("flip.large-32.addressed")
    place, *source = out.splitlines()
    path, _, line = place.partition(":")
    lines = (CODE.parent / path).read_text("utf-8").split("\n")
    assert status == 0
    assert source == lines[int(line) - 1:][:len(source)]
    assert f"def {registry.get('flip.large-32.addressed').function_name}(" in out


def test_a_pattern_lists_a_line_for_each_function(where):
    status, out, _ = where("flip.*")
    assert status == 0
    assert len(out.splitlines()) == len({(one.module, one.function_name) for one in registry.matching("flip.*")}) > 1
    assert any("flip.large-32.addressed" in line for line in out.splitlines())


def test_a_wrong_id_names_the_nearest(where):
    status, _, said = where("flip.large-32.adressed")
    assert status == 2
    assert "the nearest are flip.large-32.addressed" in said
