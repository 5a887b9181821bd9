"""CITATION.cff: what it says is taken as it stands, and what it lacks is named."""

import datetime
from pathlib import Path

import pytest

from bookkit.metadata import citation_file
from evidence.records.author import Author

TOY = (Path(__file__).parents[2] / "roots/results/CITATION.cff").read_text("utf8")
AUTHORS = TOY[TOY.index("authors:"):TOY.index("\nversion:") + 1]


@pytest.fixture
def read(tmp_path):
    """A function that reads the toy book's file, in which some text stands instead of another."""
    def reading(old="", new=""):
        assert old in TOY
        path = tmp_path / "CITATION.cff"
        path.write_text(TOY.replace(old, new, 1), "utf8")
        return citation_file.read(path)

    return reading


@pytest.mark.parametrize(("written", "version"), [
    ("0.10", "0.10"), ("1.0", "1.0"), ("12:30", "12:30"), ("1e3", "1e3"), ("'0.10'", "0.10"), ("010", "010"),
    ("2026-03-01", "2026-03-01"), ("yes", "yes"), ("1_000", "1_000"),
])
def test_a_version_is_the_text_that_stands_there(read, written, version):
    assert read("version: 0.1.0", f"version: {written}").version == version


@pytest.mark.parametrize(("written", "home"), [("https://a.example/deref", "https://a.example/deref/"), ("", "")])
def test_a_book_may_have_a_home(read, written, home):
    assert read("version: 0.1.0", f"version: 0.1.0\nurl: {written}").home == home


@pytest.mark.parametrize("written", ["2026-03-01", "'2026-03-01'", '"2026-03-01"'])
def test_a_date_may_be_quoted(read, written):
    assert read("version: 0.1.0", f"version: 0.1.0\ndate-released: {written}").released == datetime.date(2026, 3, 1)


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path):
    path = tmp_path / "CITATION.cff"
    path.write_text(TOY, "utf-8-sig")
    assert citation_file.read(path).version == "0.1.0"


def test_keywords_are_texts(read):
    assert read("[tests]", "[1.10, 12:30, true, 2026-01-01, 'a, b']").keywords == (
        "1.10", "12:30", "true", "2026-01-01", "a, b")


@pytest.mark.parametrize(("entry", "author"), [
    ("{family-names: Beethoven, name-particle: van, given-names: Ludwig}",
     Author(family="Beethoven", particle="van", given="Ludwig")),
    ("{family-names: Davis, given-names: Sammy, name-suffix: Jr.}",
     Author(family="Davis", given="Sammy", suffix="Jr.")),
    ("{alias: the_grugq}", Author(alias="the_grugq")), ("{given-names: Plato}", Author(given="Plato")),
    ("{family-names: Null, given-names: 007}", Author(family="Null", given="007")),
    ("{name: The toy authors, alias: toys}", Author(organisation="The toy authors")),
    ("{family-names: A, given-names: B, orcid: 'https://orcid.org/0000-0002-1825-0097'}",
     Author(family="A", given="B", orcid="https://orcid.org/0000-0002-1825-0097")),
])
def test_people_and_organisations_have_the_names_that_the_format_allows(read, entry, author):
    assert read(AUTHORS, f"authors: [{entry}]\n").authors == (author,)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("authors:", "writers:", "got none of authors"),
    ("license: [MIT]", "license: [WTFPL]", "expected licences among MIT, CC-BY-4.0, got WTFPL"),
    ("version: 0.1.0", "version: [", "expected CITATION.cff to describe the book"),
    ("version: 0.1.0", "version: [0, 1]", "expected version to be text, got \\['0', '1'\\]"),
    ("[tests]", "attention", "expected keywords to be a list of texts, got 'attention'"),
    ("[tests]", "[{a: b}]", "expected keywords to be a list of texts"),
    (AUTHORS, "authors: Ada Lovelace\n", "expected authors to be a list, got 'Ada Lovelace'"),
    (AUTHORS, "authors: [Ada Lovelace]\n", "expected an author to have a name, or the names of a person"),
    (AUTHORS, "authors: [{affiliation: X}]\n", "family-names, given-names or an alias, got {'affiliation': 'X'}"),
    (AUTHORS, "authors: [{name: X, orcid: 7}]\n", "expected an orcid such as https://orcid.org/"),
    ("version: 0.1.0", "version: 0.1.0\ndate-released: soon", "expected date-released to be a day such as 2026-01-31"),
    ("version: 0.1.0", "version: 0.1.0\ndate-released: 2026-02-30", "expected date-released to be a day"),
    ("version: 0.1.0", "version: 0.1.0\nurl: a.example", "expected url to be an address that begins with https://"),
    ("version: 0.1.0", "version: !!python/object/apply:os.getcwd []", "got none of version"),
    ("version: 0.1.0", "version: " + "[" * 5000, "expected CITATION.cff to describe the book"),
])
def test_what_is_of_another_form_is_said_in_one_line(read, old, new, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(old, new)
    assert "\n" not in str(caught.value) and "CITATION.cff" in str(caught.value)
