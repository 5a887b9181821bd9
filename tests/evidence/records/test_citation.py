"""Citations: parsed back by the programs that readers use, or by the rules of their formats."""

import datetime
import json
import re
from dataclasses import replace

import bibtexparser
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware
from made_up import record

from evidence.records.author import Author
from evidence.records.citation import Book, bibtex, csl_json, plain, ris

ACCESSED = datetime.date(2031, 2, 3)
URL = "https://example.org/results/flip.large-32.addressed/?a=1_2&b=50%25#x"
RECORD = record("flip.large-32.addressed", 0.9951, ci=(0.991, 0.999), format=".1%", n=128, n_of="memories",
                title="Answers that flip, in 50% & more {of} cases_#1 ~ $x^2$ \\ Weiß")
BOOK = Book(key="deref", title="Deref: R&D in 100% of chapters", version="0.2.0", date=datetime.date(2030, 5, 7),
            authors=(Author(family="van der Berg", given="Ana María"), Author(organisation="The R&D Authors")))
FORMS = {"bibtex": bibtex, "csl": csl_json, "ris": ris, "plain": plain}


def cite(form, one=RECORD, book=BOOK):
    return FORMS[form](one, book, URL, ACCESSED)


def parsed(text):
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    (entry,) = library.entries
    return entry


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_all_that_finds_the_number_again(form):
    text = cite(form)
    for part in ("Deref", "flip.large-32.addressed", "99.5", "99.1", "99.9", "0.2.0", "cccccccccccc", "2031",
                 RECORD.sha256, URL, "128", "van der Berg", "Ana María"):
        assert part in text


def test_bibtex_is_read_by_a_real_parser():
    entry = parsed(cite("bibtex"))
    assert (entry.entry_type, entry.key) == ("misc", "deref-flip.large-32.addressed")
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert fields["author"] == r"{van der Berg}, Ana María and {The R\&D Authors}"
    assert (fields["url"], fields["urldate"]) == (URL, "2031-02-03")
    assert (fields["year"], fields["month"], fields["version"]) == ("2030", "5", "0.2.0")


def test_latex_s_special_characters_come_through():
    library = bibtexparser.parse_string(cite("bibtex"), append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    title = library.entries[0].fields_dict["title"].value
    assert "50% & more {of} cases_#1" in title.replace("\\{", "{").replace("\\}", "}")
    assert "99.5% (95% CI 99.1% to 99.9%)" in title


def test_braces_balance_whatever_the_title():
    for title in ("a } b", "{", "\\", "%", "100 % {{"):
        assert parsed(cite("bibtex", record(title=title))).key == "deref-made.up"


def test_powers_of_ten_and_minus_signs_are_set_by_latex():
    text = bibtex(record(value=-2e-15, format=".0e"), BOOK, URL, ACCESSED)
    assert r"$-$2~$\times$~10$^{-15}$" in text
    assert "".join(c for c in text if not c.isascii()) == "í"


def test_csl_json_has_the_variables_that_processors_know():
    (item,) = json.loads(cite("csl"))
    assert (item["type"], item["container-title"], item["number"]) == ("dataset", BOOK.title, RECORD.id)
    assert item["author"] == [{"family": "van der Berg", "given": "Ana María"}, {"literal": "The R&D Authors"}]
    assert item["issued"] == {"date-parts": [[2030, 5, 7]]}
    assert item["accessed"] == {"date-parts": [[2031, 2, 3]]}
    assert (item["URL"], item["version"]) == (URL, "0.2.0")


def test_ris_keeps_to_its_lines():
    text = cite("ris")
    assert text.endswith("ER  - \r\n")
    lines = [line.split("  - ", 1) for line in text.removesuffix("\r\n").split("\r\n")]
    assert lines[0] == ["TY", "DATA"]
    assert all(re.fullmatch("[A-Z][A-Z0-9]", tag) for tag, _ in lines)
    assert [value for tag, value in lines if tag == "AU"] == ["van der Berg, Ana María", "The R&D Authors"]
    assert dict(lines)["Y2"] == "2031/02/03"


def test_plain_text_is_one_line():
    text = cite("plain")
    assert "\n" not in text
    assert text.startswith("van der Berg, Ana María; The R&D Authors (2030). Answers that flip")
    assert text.endswith(f"record sha256 {RECORD.sha256}. {URL}")


@pytest.mark.parametrize("form", FORMS)
def test_a_number_from_changed_or_unknown_code_says_so(form):
    build = RECORD.build
    assert "commit cccccccccccc with changes" in cite(form, record(build={**build, "clean": False}))
    assert "no commit" in cite(form, record(build={**build, "commit": None, "clean": None}))


REBUILT = replace(BOOK, edition="rebuilt from its source of 2031-01-02", unaddressed="a build keeps none")


@pytest.mark.parametrize("form", FORMS)
def test_a_build_that_is_no_release_says_so_and_has_no_address_for_ever(form):
    text = FORMS[form](RECORD, REBUILT, None, ACCESSED)
    assert text.count("0.2.0") == text.count("0.2.0, rebuilt from its source of 2031-01-02") > 0
    assert "No permanent address: a build keeps none." in text and "http" not in text
    assert "No permanent address" not in cite(form)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_does_not_know_when_it_is_read(form):
    text = FORMS[form](RECORD, BOOK, URL, None)
    assert not re.search("accessed|urldate|Y2  -", text) and URL in text
    if form == "bibtex":
        assert "urldate" not in parsed(text).fields_dict


def test_a_book_has_authors():
    with pytest.raises(ValueError, match="expected a book to have at least one author, got none"):
        Book(key="x", title="X", authors=(), version="1", date=ACCESSED)
