"""Words that depend on results: shares of units in words, and words with a condition that each build checks."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from toybook import article, build, text

PAGE = "book/ch01/words"
WORDS = """\
# Words

{Seeds}`coin.lands.share` it. In {seeds}`coin.edge.share` it stands.
Of the rest it is {seeds}`coin.half.share`.

The coin comes up {checked}`as often as not|coin.heads.share > 0.45 and coin.heads.share <= 50%`,
which is {checked}`no more than half|coin.heads.share <= coin.half.share` of the time.

| what | how often |
| --- | --- |
| heads | {checked}`half the time\\|coin.heads.share = 50%` |
"""
CELL = """
```{{code-cell}}
from toy.coin import shares

shares("{}", {})
```
"""
SHARES = '''

def shares(rid, landed, n=8, method="share of coins"):
    return result(rid, "Share of coins", landed / n, None, n, ".1%", "c", method, "coins")
'''


@pytest.fixture(scope="module")
def worded(make_shared_book):
    """The toy book with a page of words, its figure's texts and a cell that publishes shares; and its strict build."""
    book = make_shared_book("results")
    book.edit("code/toy/publish.py", "n, form, run):", 'n, form, run, method="counted", of="flips"):')
    book.edit("code/toy/publish.py", 'method="counted", unit', "method=method, unit")
    book.edit("code/toy/publish.py", 'n_of="flips"', "n_of=of")
    book.write("code/toy/coin.py", book.read("code/toy/coin.py") + SHARES)
    landed = {"coin.half.share": 4, "coin.lands.share": 8, "coin.edge.share": 0}
    cells = "".join(CELL.format(rid, many) for rid, many in landed.items())
    book.write("book/ch01/measure.md", book.read("book/ch01/measure.md") + cells)
    book.edit("book/ch01/draw.md", "each a rising line", "{seeds}`coin.half.share`, "
              "{checked}`half of them|coin.half.share = 0.5`, each a rising line")
    book.edit("book/ch01/draw.md", "Runs of the coin behind",
              "Runs of the coin, {checked}`half of them|coin.half.share = 0.5`, behind")
    book.edit("_toc.yml", "quiet\n", "quiet\n  - file: book/ch01/words\n")
    book.write(f"{PAGE}.md", WORDS)
    for exact in ("1", "0"):  # outputs of the two are apart, and what follows builds both ways
        built = build(book, BOOK_STRICT="1", BOOK_EXACT=exact)
        assert built.ok, built.log
    return book, built


def line_of(book, words, page=PAGE):
    return next(n for n, line in enumerate(book.read(f"{page}.md").split("\n"), 1) if words in line)


def test_a_share_of_units_is_said_in_words(worded):
    said = text(article(worded[1], PAGE))
    assert "Every coin it. In no coin it stands. Of the rest it is 4 of 8 coins." in said
    assert "4 of 8 coins, half of them, each a rising line" in article(worded[1], "book/ch01/draw").replace("\xa0", " ")


def test_words_that_hold_stand_alone(worded):
    said = text(article(worded[1], PAGE))
    assert "comes up as often as not, which is no more than half of the time" in said
    assert "half the time" in said and "|" not in said and "not in this build" not in said


def test_the_pages_of_results_list_the_sentences_and_lead_to_them(worded):
    page = BeautifulSoup(worded[1].page("results/coin.half.share/index"), "html.parser")
    links = {link["href"].rpartition("/")[2]: " ".join(link.parent.parent.get_text().split())
             for link in page.select("a[href*='#r-coin_half_share']")}
    assert any("no more than half of the time" in said for said in links.values())
    assert {mark.get_text() for mark in page.select("mark")} == {"no more than half", "half of them"}
    more = page.find("p", class_="bookkit-more").find_all("a")  # first are the sentences that can come to be false
    assert "words.html#r-coin_half_share" in [link["href"].rpartition("/")[2].partition("-1")[0] for link in more]
    assert all(BeautifulSoup(worded[1].page(f"book/ch01/{href.partition('.html')[0]}"), "html.parser").find(
        id=href.partition("#")[2]) for href in links)


def test_the_page_of_a_result_marks_a_share_said_in_words(worded):
    page = BeautifulSoup(worded[1].page("results/coin.lands.share/index"), "html.parser")
    assert [mark.get_text() for mark in page.select("mark")] == ["Every\xa0coin"]


def test_a_result_that_moves_makes_its_pages_say_so(worded, tmp_path):
    book = worded[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", 'shares("coin.half.share", 4)', 'shares("coin.half.share", 3)')
    built = build(book, BOOK_STRICT="1")
    assert built.ok and built.executed == ["book/ch01/measure"], built.log
    assert "Of the rest it is 3 of 8 coins." in text(article(built, PAGE))
    soup = BeautifulSoup(article(built, PAGE), "html.parser")
    (fails,) = soup.select(".checked-fails")
    assert fails.get_text() == "no more than half (not in this build: 50.0% against 37.5%)"
    assert fails.select_one(".checked-note").get_text().startswith("(not in this build")
    drawn = article(built, "book/ch01/draw")
    assert drawn.count("half of them (not in this build: 37.5%)") == 1, "the alternative text"
    assert "Runs of the coin, half of them (not in this build: 37.5%), behind" in text(drawn)
    index = json.loads((built.html / "searchindex.js").read_text("utf-8")[len("Search.setIndex("):-1])
    assert index["docnames"][index["terms"]["against"]] == PAGE, "search finds the note"
    line = line_of(book, "no more than half")
    assert (f"book/ch01/words.md:{line}: the words 'no more than half' do not hold in this build: it has 50.0% against "
            "37.5%, and they were written for coin.heads.share <= coin.half.share") in built.log
    page = BeautifulSoup(built.page("results/coin.half.share/index"), "html.parser")
    assert "no more than half (not in this build: 50.0% against 37.5%)" in [m.get_text() for m in page.select("mark")]

    again = build(book, BOOK_STRICT="1", BOOK_EXACT="1")
    assert not again.ok and f"book/ch01/words.md:{line}: the words" in again.log
    assert again.log.count("do not hold in this build") >= 3
    book.edit("book/ch01/measure.md", 'shares("coin.half.share", 3)', 'shares("coin.half.share", 4)')
    mended = build(book, BOOK_STRICT="1", BOOK_EXACT="1")
    assert mended.ok and "not in this build" not in article(mended, PAGE), mended.log


def test_what_is_no_share_or_no_condition_fails_the_build_with_page_and_line(worded, tmp_path):
    book = worded[0].copy(tmp_path / "book")
    wrong = {
        "It is {seeds}`coin.heads.share` now.": "expected 'coin.heads.share' to be a share of units",
        "It is {seeds}`coin.flips.count` now.": "expected 'coin.flips.count' to be a share of units",
        "It is {seeds}`coin.hales.share` now.": "no page publishes the result 'coin.hales.share'; the nearest are",
        "{checked}`words alone` here": "expected `words|condition`",
        "{checked}`half|coin.heads.share near 1` here": "expected a comparison of a result by one of < <= > >= =",
        "{checked}`half|0.5 < coin.heads.share` here": "expected a comparison to begin with the id of a result",
        "{checked}`half|coin.heads.shore < 1` here":
            "no page publishes the result 'coin.heads.shore'; the nearest are coin.heads.share",
        "{checked}`half|coin.heads.share < coin.heads.most` here":
            "no page publishes the result 'coin.heads.most'; the nearest are",
        "## A {checked}`half|coin.heads.share = 0.5` head": "the heading checks 'half'",
    }
    book.write(f"{PAGE}.md", WORDS + "\n" + "\n\n".join(wrong) + "\n")
    book.edit("book/ch01/draw.md", "{checked}`half of them|coin.half.share = 0.5`, each",
              "{checked}`half of them|coin.half.share`, {seeds}`coin.heads.share`, each")
    built = build(book)
    assert not built.ok
    reported = re.findall(r"^book/ch01/\w+\.md:\d+: .*", built.log, re.MULTILINE)
    for at, message in wrong.items():
        assert any(found.startswith(f"{PAGE}.md:{line_of(book, at)}: {message}") for found in reported), message
    drawn = [found for found in reported if found.startswith("book/ch01/draw.md:")]
    assert len(drawn) == 2 and sum("(in the alt text)" in found for found in drawn) == 1
    assert len(reported) == len(wrong) + 2


def test_notebooks_and_other_formats_show_the_words(worded, tmp_path):
    book = worded[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", 'shares("coin.half.share", 4)', 'shares("coin.half.share", 3)')
    book.write("book/ch01/measure.md", book.read("book/ch01/measure.md") + "\n" + WORDS.partition("\n\n")[2])
    book.write("pyproject.toml", "[project]\n")
    built = build(book)
    assert built.ok, built.log
    notebook = json.loads((built.html / "notebooks" / "book" / "ch01" / "measure.ipynb").read_text("utf-8"))
    prose = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    prose = " ".join(prose.replace("\xa0", " ").split())
    assert "Every coin it. In no coin it stands. Of the rest it is 3 of 8 coins." in prose
    assert "which is no more than half (not in this build: 50.0% against 37.5%) of the time" in prose
    plain = build(book, builder="text")
    assert plain.ok, plain.log
    said = " ".join((book.path / "_build" / "text" / f"{PAGE}.txt").read_text("utf-8").replace("\xa0", " ").split())
    assert "no more than half (not in this build: 50.0% against 37.5%) of the time" in re.sub(r"[*_]", "", said)
