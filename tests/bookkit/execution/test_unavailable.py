"""A book whose machine cannot have something builds all the same, says so, and tries again when that may help."""

import pytest
from toybook import article, build, text

CELL = """from toy.publish import Shown

Shown({{"text/plain": "Not in this build: no coins."}},
      {{"book.absent": {{"ids": ["coin.flips.count", "coin.weight.grams"], "why": "no coins", "again": {again}}}}})"""


def test_what_waits_for_a_command_is_not_run_yet(make_book):
    book = make_book("results")
    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")',
              CELL.format(again=False).replace('"why": "no coins"', '"why": "toss --all computes it"'))
    built = build(book)
    assert built.ok, built.log
    assert "names coin.flips.count (not run yet)" in text(article(built, "book/ch01/measure"))


@pytest.mark.parametrize("again", [True, False])
def test_what_is_absent_is_said_and_fails_nothing(make_book, again):
    book = make_book("results")
    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")', CELL.format(again=again))
    book.edit("book/ch01/measure.md", "The author's remark names", "| coins | found |\n| --- | --- |\n| flips | "
              "{r}`coin.flips.count` |\n\nThe author's remark names")
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    page = text(article(built, "book/ch01/measure"))
    assert "names coin.flips.count (not in this build)" in page
    assert "flips not in this build" in page, "a row of a table says what it is"
    box = text(article(built, "book/ch01/draw"))
    assert "Claim coin.gold: not run" in box and "Lackingno coins" in box, "why a claim was not run"
    assert "no result 'coin.flips.count': no coins" in built.log
    repeated = build(book)
    assert repeated.ok, repeated.log
    assert repeated.executed == (["book/ch01/measure"] if again else [])
