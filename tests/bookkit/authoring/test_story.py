"""The story of a book: its spine and side trips, as the table of contents has them, on pages, in menus and in links."""

import re

import pytest
from bs4 import BeautifulSoup
from toybook import article, build, dead_links, text

TOC = """\
format: jb-book
root: book/index
chapters:
  - file: book/one/index
    sections:
      - file: book/one/coin
        sections:
          - file: book/one/edge
          - file: book/one/dice
      - file: book/one/cards
  - file: book/two/index
    sections:
      - file: book/two/urn
        sections:
          - file: book/two/lid
  - file: book/words
"""
BRIEFS = {"one/coin": "asks what a coin does", "one/edge": "asks for its edge", "one/dice": "throws dice",
          "one/cards": "draws cards", "two/urn": "draws from an urn", "two/lid": "closes it"}
PAGE = "---\nbrief: {brief}.\n---\n\n# {title}\n\n**The question.** What is it?\n\n## More\n\n{words}\n"


def page(name, words=150):
    return PAGE.format(brief=BRIEFS[name], title=name.rpartition("/")[2].title(), words=" ".join(["word"] * words))


@pytest.fixture(scope="module")
def told(make_shared_book):
    book = make_shared_book("fresh")
    book.write("_toc.yml", TOC)
    book.write("_config.yml", book.read("_config.yml") + "    bookkit_story: [book/one/index, book/two/index]\n")
    for name in BRIEFS:
        book.write(f"book/{name}.md", page(name))
    for name in ("one", "two"):
        book.write(f"book/{name}/index.md", f"# Chapter {name}\n\nIt begins.\n\n```{{story}}\n```\n")
    for name in ("numbers", "trained"):
        (book.path / "book" / f"{name}.md").unlink()
    built = build(book, warnings_are_errors=True)
    assert built.ok, built.log
    return book, built


def links(built, name):
    """Where the theme's links lead from a page, by their relation."""
    soup = BeautifulSoup(built.page(f"book/{name}"), "html.parser")
    found = {one["rel"][0]: one["href"] for one in soup.select("head link[rel=prev], head link[rel=next]")}
    buttons = {side: soup.select_one(f".prev-next-area a.{side}-{end}")
               for side, end in (("left", "prev"), ("right", "next"))}
    for side, rel in (("left", "prev"), ("right", "next")):
        assert (buttons[side] and buttons[side]["href"]) == found.get(rel)
    return found


def test_a_chapter_tells_its_spine_in_order_and_then_its_side_trips(told):
    said = text(article(told[1], "book/one/index"))
    order = ["Coin asks what a coin does. 1 min", "Cards draws cards. 1 min", "Side trips", "From Coin:",
             "Edge asks for its edge. 1 min", "Dice throws dice. 1 min"]
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    assert "Urn" not in said


def test_the_time_to_read_comes_from_the_words(told, tmp_path):
    book = told[0].copy(tmp_path / "book")
    book.write("book/one/coin.md", page("one/coin", words=150 * 40))
    built = build(book)
    said = text(article(built, "book/one/index"))
    assert "The story of this chapter takes about 40 minutes to read" in said
    assert "Coin asks what a coin does. 40 min" in said
    assert "of the whole book about 40 minutes" in text(article(built, "book/two/index")), "it is written again"


def test_a_side_trip_says_where_it_starts_from_and_where_the_story_goes_on(told):
    soup = BeautifulSoup(article(told[1], "book/one/edge"), "html.parser")
    head = soup.select_one(".story-side")
    assert " ".join(head.get_text().split()) == (
        "Side trip from Coin. It asks for its edge. The story goes on at Cards.")
    assert [a["href"] for a in head.select("a")] == ["coin.html", "cards.html"]
    assert head.find_previous_sibling().name == "h1"
    assert not soup.select(".story-next")


def test_a_page_of_the_spine_ends_with_the_next_one_and_its_side_trips(told):
    soup = BeautifulSoup(article(told[1], "book/one/coin"), "html.parser")
    assert not soup.select(".story-side")
    foot = soup.select_one(".story-next")
    assert [a["href"] for a in foot.select("a")] == ["cards.html", "edge.html", "dice.html"]
    assert "Next in the story: Cards, which draws cards." in " ".join(foot.get_text().split())
    last = BeautifulSoup(article(told[1], "book/one/cards"), "html.parser").select_one(".story-next")
    assert "Chapter two" in last.get_text()


def test_the_links_to_neighbours_follow_the_spine_and_lead_back_to_it(told):
    built = told[1]
    assert links(built, "one/index")["next"] == "coin.html"
    assert links(built, "one/coin") == {"prev": "index.html", "next": "cards.html"}
    assert links(built, "one/dice") == {"prev": "coin.html", "next": "cards.html"}
    assert links(built, "two/index") == {"prev": "../one/cards.html", "next": "urn.html"}
    assert links(built, "two/lid") == {"prev": "urn.html", "next": "../words.html"}
    assert links(built, "two/urn") == {"prev": "index.html", "next": "../words.html"}
    assert links(built, "words")["prev"] == "two/lid.html", "outside the story the table of contents rules"


@pytest.mark.parametrize("name", ["one/index", "one/coin", "one/edge", "two/lid"])
def test_no_link_is_dead(told, name):
    assert dead_links(told[1].html, f"book/{name}.html") == []


def test_a_brief_that_changes_changes_the_pages_that_show_it(told, tmp_path):
    book = told[0].copy(tmp_path / "book")
    book.edit("book/one/cards.md", "draws cards", "shuffles")
    built = build(book)
    for name in ("one/index", "one/coin"):
        assert "shuffles" in text(article(built, f"book/{name}"))


def test_a_story_that_does_not_hold_together_fails_the_build(told, tmp_path):
    book = told[0].copy(tmp_path / "book")
    book.write("book/one/dice.md", "# Dice\n")
    book.write("book/one/loaded.md", "# Loaded\n")
    book.edit("_toc.yml", "      - file: book/one/cards",
              "            sections:\n              - file: book/one/loaded\n      - file: book/one/cards")
    book.edit("_config.yml", "[book/one/index,", "[book/three/index, book/one/index,")
    built = build(book)
    assert not built.ok
    found = re.search(r"the story has 3 fault\(s\):\n(.*\n.*\n.*)\n", built.log)
    assert found and found[1].split("\n") == [
        "bookkit_story names 'book/three/index', and the book has no such page",
        "book/one/dice: expected what the page does in its front matter, such as `brief: asks whether heads differ`, "
        "got nothing",
        "book/one/dice: expected no page below a side trip, got 'book/one/loaded'"]


def test_a_page_that_is_no_chapter_cannot_list_a_story(told, tmp_path):
    book = told[0].copy(tmp_path / "book")
    book.write("book/words.md", "# Words\n\n```{story}\n```\n")
    assert "expected {story} on the page of a chapter that bookkit_story names" in build(book).log
