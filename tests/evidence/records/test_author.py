"""People's names in citations, read back by the parsers that readers' programs use, or by the rules of the formats."""

import datetime
import json
import re

import jsonschema
import pytest
from made_up import record
from pybtex.database import parse_string

from evidence.records.author import Author
from evidence.records.citation import Book, bibtex, csl_json, plain, ris

DAY = datetime.date(2030, 5, 7)
# What each must be taken for: particle, family name, given names, suffix; or one name that is never taken apart.
PEOPLE = [
    (Author(family="Beethoven", given="Ludwig", particle="van"), ("van", "Beethoven", "Ludwig", "")),
    (Author(family="Davis", given="Sammy", suffix="Jr."), ("", "Davis", "Sammy", "Jr.")),
    (Author(family="Berg", given="Ana María", particle="van der", suffix="III"), ("van der", "Berg", "Ana María", "III")),
    (Author(family="Gaulle", given="Charles", particle="De"), ("", "De Gaulle", "Charles", "")),
    (Author(family="Alembert", given="Jean", particle="d'"), ("", "d'Alembert", "Jean", "")),
    (Author(family="Garcia y Vega", given="Juan"), ("", "Garcia y Vega", "Juan", "")),
    (Author(family="De La Cruz", given="Ana", alias="adlc"), ("", "De La Cruz", "Ana", "")),
    (Author(family="Rand and Wells", given="A. & B."), ("", "Rand and Wells", "A. & B.", "")),
    (Author(family="毛", given="泽东"), ("", "毛", "泽东", "")),
]
WHOLE = [(Author(alias="the_grugq x"), "the_grugq x"), (Author(given="Plato"), "Plato"),
         (Author(given="Prince Rogers"), "Prince Rogers"), (Author(family="Suharto"), "Suharto"),
         (Author(family="Sade", particle="de"), "de Sade"), (Author(organisation="The toy authors"), "The toy authors"),
         (Author(organisation="Smith and Sons, Inc."), "Smith and Sons, Inc.")]


def book(*authors):
    return Book(key="toy", title="Toy", version="1", date=DAY, authors=authors)


def read_bibtex(author):
    other = Author(family="Last", given="First")
    entry = parse_string(bibtex(record(), book(author, other), None, DAY), "bibtex").entries["toy-made.up"]
    one, last = entry.persons["author"]
    assert str(last) == "Last, First"
    bare = [" ".join(names).translate({ord(c): None for c in "{}\\"}) for names in (
        one.prelast_names, one.last_names, one.first_names + one.middle_names, one.lineage_names)]
    return tuple(bare)


@pytest.mark.parametrize(("author", "parts"), PEOPLE)
def test_bibtex_takes_a_name_apart_as_it_was_given(author, parts):
    assert read_bibtex(author) == parts


@pytest.mark.parametrize(("author", "name"), WHOLE)
def test_bibtex_leaves_one_name_whole(author, name):
    assert read_bibtex(author) == ("", name, "", "")


# Of the schema of CSL-JSON, what it says of names.
NAME = {"type": "object", "additionalProperties": False, "anyOf": [{"required": ["family"]}, {"required": ["literal"]}],
        "properties": dict.fromkeys(("family", "given", "dropping-particle", "non-dropping-particle", "suffix", "literal"),
                                    {"type": "string", "minLength": 1})}


@pytest.mark.parametrize(("author", "parts"), PEOPLE)
def test_csl_has_the_parts(author, parts):
    (item,) = json.loads(csl_json(record(), book(author), None, DAY))
    (name,) = item["author"]
    jsonschema.validate(name, NAME)
    particle = name.get("non-dropping-particle", "")
    space = "" if particle.endswith("'") else " "
    assert f"{particle}{space}{name['family']}".strip() == f"{parts[0]} {parts[1]}".strip()
    assert (name["given"], name.get("suffix", "")) == parts[2:]


@pytest.mark.parametrize(("author", "name"), WHOLE)
def test_one_name_is_literal_in_csl_and_stands_alone_in_text(author, name):
    (item,) = json.loads(csl_json(record(), book(author), None, DAY))
    jsonschema.validate(item["author"][0], NAME)
    assert item["author"] == [{"literal": name}]
    assert plain(record(), book(author), None, DAY).startswith(f"{name} (2030). ")


def read_ris(author):
    (line,) = re.findall("^AU  - (.*)\r$", ris(record(), book(author), None, DAY), re.MULTILINE)
    return line.split(", ")


@pytest.mark.parametrize(("author", "parts"), PEOPLE)
def test_ris_parts_a_name_at_commas(author, parts):
    particle, family, given, suffix = parts
    assert read_ris(author) == [part for part in (f"{particle} {family}".strip(), given, suffix) if part]


@pytest.mark.parametrize(("author", "name"), WHOLE)
def test_ris_has_no_comma_in_one_name(author, name):
    assert read_ris(author) == [name.replace(",", "")]


def test_a_name_cannot_begin_a_line_of_ris():
    text = ris(record(title="A\r\nER  - \nTY  - BOOK"), book(Author(organisation="A\u2028TY  - X")), None, DAY)
    assert [line[:2] for line in text.split("\r\n")[:-1]].count("TY") == 1


@pytest.mark.parametrize(("author", "written", "sorted_"), [
    (PEOPLE[0][0], "Ludwig van Beethoven", "van Beethoven, Ludwig"), (PEOPLE[1][0], "Sammy Davis Jr.", "Davis, Sammy, Jr."),
    (PEOPLE[4][0], "Jean d'Alembert", "d'Alembert, Jean"), (PEOPLE[6][0], "Ana De La Cruz", "De La Cruz, Ana"),
    (Author(family="Khwarizmi", given="M.", particle="al-"), "M. al-Khwarizmi", "al-Khwarizmi, M."),
])
def test_a_name_is_written_and_sorted(author, written, sorted_):
    assert (author.name, author.inverted) == (written, sorted_)


@pytest.mark.parametrize("names", [{}, {"suffix": "Jr."}, {"family": "A", "organisation": "B"}])
def test_an_author_has_a_name_and_is_a_person_or_not(names):
    with pytest.raises(ValueError, match="expected an author to have family names, given names or an alias"):
        Author(**names)
