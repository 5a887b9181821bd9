"""Words of quantity that nothing ties to results: what the lint finds, what it leaves alone, and what it costs."""

import pytest
from toybook import build

from bookkit.prose.unbound_words import loose_words


@pytest.mark.parametrize(("text", "shown"), [
    ("Four heads solved it with every seed.", "every seed"),
    ("The content waits in its cell in each solving seed.", "each solving seed"),
    ("Every\nseed does.", "Every\nseed"),
    ("Wherever positions were learned no seed was legible.", "no seed"),
    ("No head of any seed is enough.", "any seed"),
    ("No trained model does.", "No trained model"),
    ("In all four ensembles weight ranks the edges well.", "all four ensembles"),
    ("All of its seeds end there.", "All of its seeds"),
    ("None of the reported seeds did.", "None of the reported seeds"),
    ("That is half of the seeds.", "half of the seeds"),
    ("It gathers in most of its seeds.", "most of its seeds"),
    ("Most seeds got stuck.", "Most seeds"),
    ("They are most of the stuck seeds.", "most of the stuck seeds"),
    ("In some seeds a good deal goes.", "some seeds"),
    ("A few seeds lose a fifth.", "few seeds"),
    ("One of five seeds did not learn it.", "One of five seeds"),
    ("So do 8 of the 10 seeds.", "8 of the 10 seeds"),
    ("It is right in two out of three models.", "two out of three models"),
    ("They are enough, by the narrowest margin.", "narrowest"),
    ("It finds them half of the time.", "half of the time"),
    ("With shared positions not one fact is lost.", "not one"),
    ("Nearly all curves rise to one.", "Nearly all"),
])
def test_words_of_quantity_are_found(text, shown):
    assert [found.text for found in loose_words(text)] == [shown]
    assert [found.text for found in loose_words(f"It is known. {text}")] == [shown]
    (found,) = loose_words(f"It is known. {text}")
    assert found.start == f"It is known. {text}".index(shown)


@pytest.mark.parametrize("text", [
    "The claim stands if more than half of the seeds do so and no seed of the other arm does.",
    "Will the second gather in all of its seeds, in some, or in none?",
    "In any case no seed of the bare arm may pass it.",
    "There are ten seeds an arm, over several seeds.", "A line for each seed.", "Accuracy of every seed.",
    "Two layers stall, over all seeds.", "A share of all seeds.", "Here are all the seeds that solve eight cells.",
    "We take every seed that did not solve its task.", "How many seeds are still waiting is drawn.",
    "Nothing is trained, so there are no seeds.", "Every model in this book runs it.",
    "The reach is that many tokens and not one more.", "Half of the addresses share the bit.",
    "In one of eight cases a guess is right.",
])
def test_tests_guesses_and_definitions_pass(text):
    assert list(loose_words(text)) == []


def test_a_figure_may_have_a_line_for_each_seed_but_makes_no_other_exception():
    assert list(loose_words("Every seed is a point.", pictures=True)) == []
    assert [found.text for found in loose_words("Both: most seeds, by the narrowest margin.", pictures=True)] == [
        "most seeds", "narrowest"]


PAGE = """\
# Loose

The coin
falls with every seed.
It falls in {checked}`most seeds|coin.heads.share >= 0.5`, in {quoted}`no seed`, and so it does in
{typed}`half of the seeds <of the coins that were tried first>`.

- With all ten seeds
  it falls, by the **narrowest margin**.
"""


@pytest.fixture(scope="module")
def loose(make_shared_book):
    """The toy book with a page of words that nothing ties to results, and a figure of such."""
    book = make_shared_book("results")
    book.write("book/ch01/quiet.md", PAGE)
    book.write("book/index.md", "# Not a chapter\n\nIn every seed.\n\n{r}`coin.heads.share` {passage}`coin.gold` It.\n")
    book.edit("book/ch01/draw.md", ":alt: Three runs", ":alt: In most seeds, three runs")
    return book


REPORTED = {"draw.md:16: 'most seeds'", "quiet.md:4: 'every seed'", "quiet.md:8: 'all ten seeds'",
            "quiet.md:9: 'narrowest'"}


def reported(built):
    lines = [line for line in built.log.split("\n") if "may be wrong in another build" in line]
    return {line.removeprefix("book/ch01/").partition(" may be")[0] for line in lines}


def test_they_are_said_with_page_and_line_and_fail_strict_builds_once_the_book_asks_for_it(loose):
    built = build(loose, BOOK_STRICT="1")
    assert built.ok and reported(built) == REPORTED, built.log
    with loose.edited("_config.yml", "    mathjax_path", "    bookkit_bound: true\n    mathjax_path"):
        strict = build(loose, BOOK_STRICT="1")
        assert not strict.ok and reported(strict) == REPORTED and strict.executed == []
        plain = build(loose)
        assert plain.ok, plain.log
        assert {line.removeprefix("WARNING: book/ch01/").partition(" may be")[0]
                for line in plain.log.split("\n") if "may be wrong in another build" in line} == REPORTED
