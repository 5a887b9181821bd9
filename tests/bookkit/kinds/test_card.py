"""Cards: a cell introduces a model, and every page that names it has its card in a tooltip."""

import pytest
from bs4 import BeautifulSoup
from toybook import article, build, dead_links, text

from evidence.results.card import LARGEST, PNG, Card

PAGE = "book/ch01/words"
GIVEN = {"id": "penny", "title": "the penny", "about": "A coin & no more.",
         "facts": ["2 sides", "1 seed by toss --once"], "map": "iVBORw0KGgo="}
CELL = """
```{{code-cell}}
from toy.publish import Shown

Shown({{"text/plain": "the penny"}}, {{"book.card": {given}}})
```
"""
WORDS = "# Words\n\nOf all coins {model}`penny` is the least; {model}`its fall <penny>` is short.\n"


@pytest.fixture(scope="module")
def introduced(make_shared_book):
    book = make_shared_book("results")
    book.write("book/ch01/measure.md", book.read("book/ch01/measure.md") + CELL.format(given=GIVEN))
    book.edit("_toc.yml", "quiet\n", "quiet\n  - file: book/ch01/words\n")
    book.write(f"{PAGE}.md", WORDS)
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    return book, built


def test_the_page_of_the_cell_lists_the_card(introduced):
    soup = BeautifulSoup(article(introduced[1], "book/ch01/measure"), "html.parser")
    (card,) = soup.select(".model-card")
    assert card["id"] == "card-penny"
    assert " ".join(card.get_text().split()) == "the penny: A coin & no more. 2 sides; 1 seed by toss --once."
    assert card.img["src"] == "data:image/png;base64,iVBORw0KGgo=" and "the penny" in card.img["alt"]


def test_a_name_leads_to_the_card_and_has_it_in_a_tooltip(introduced):
    soup = BeautifulSoup(article(introduced[1], PAGE), "html.parser")
    first, second = soup.select("a.term")
    assert [first.get_text(), second.get_text()] == ["penny", "its fall"] and first.code and not second.code
    assert first["href"] == "measure.html#card-penny"
    tip = soup.find(id=first["aria-describedby"])
    assert tip["role"] == "tooltip" and tip["id"] != second["aria-describedby"]
    assert " ".join(tip.get_text().split()) == "the penny A coin & no more. 2 sides; 1 seed by toss --once."
    assert tip.img["src"].startswith("data:image/png")
    assert dead_links(introduced[1].html, f"{PAGE}.html") == []
    assert "Of all coins penny is the least; its fall is short." in text(article(introduced[1], PAGE))


def test_a_card_that_changes_changes_the_pages_that_name_it(introduced, tmp_path):
    book = introduced[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", "2 sides", "3 sides")
    built = build(book)
    assert built.ok and "3 sides" in article(built, PAGE), built.log


def test_a_name_that_nothing_introduces_fails_the_build(introduced, tmp_path):
    book = introduced[0].copy(tmp_path / "book")
    book.edit(f"{PAGE}.md", "{model}`penny`", "{model}`peny`")
    built = build(book, BOOK_STRICT="1")
    assert not built.ok
    assert f"{PAGE}.md:3: no page publishes the card 'peny'; the nearest are penny" in built.log


@pytest.mark.parametrize(("changed", "said"), [
    ({"id": "Penny"}, "expected lower-case words, figures and hyphens as the id of a card, got 'Penny'"),
    ({"about": " "}, "expected words on the card 'penny', got ' '"),
    ({"facts": [3]}, "expected words on the card 'penny', got 3"),
    ({"map": "R0lGODlh"}, "expected a PNG of at most 8,000 bytes as the map of 'penny', got 6 bytes"),
    ({"map": "?"}, "base64"),
])
def test_what_is_no_card_is_refused(changed, said):
    with pytest.raises(ValueError) as refused:
        Card.from_json(GIVEN | changed)
    assert said in str(refused.value) or said == "base64"


def test_a_map_that_would_weigh_on_every_page_is_refused():
    with pytest.raises(ValueError, match=r"8,001 bytes that begin with"):
        Card(id="penny", title="p", about="a", facts=("f",), map=PNG + b"x" * (LARGEST - 7))


def test_a_card_comes_back_as_it_was():
    card = Card(id="penny", title="p", about="a", facts=("f", "g"), map=PNG)
    assert Card.from_json(card.to_json()) == card


def test_a_cell_that_publishes_no_card_is_a_fault(introduced, tmp_path):
    book = introduced[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", "'about': 'A coin & no more.'", "'about': ''")
    built = build(book)
    assert not built.ok and "the cell published something that is no book.card: expected words on the card" in built.log
