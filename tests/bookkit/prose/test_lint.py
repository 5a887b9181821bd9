"""Numbers typed by hand: what the lint finds, what it leaves alone, and where it says so."""

import pytest
from toybook import build

from bookkit.prose.lint import typed_numbers


@pytest.mark.parametrize(("text", "kind", "shown"), [
    ("about 0.5 of them", "decimal", "0.5"),
    ("a loss of .25, say", "decimal", ".25"),
    ("1,024.5 cells", "decimal", "1,024.5"),
    ("below 1e-4", "decimal", "1e-4"),
    ("below 2.5e-4 it", "decimal", "2.5e-4"),
    ("0.3.", "decimal", "0.3"),
    ("99 % of them", "percentage", "99 %"),
    ("99% of them", "percentage", "99%"),
    ("99.5\u00a0% of them", "percentage", "99.5\u00a0%"),
    ("12 per cent", "percentage", "12 per cent"),
    ("a 20-percent share", "percentage", "20-percent"),
    ("ninety-nine per cent", "percentage", "ninety-nine per cent"),
    ("3 times", "multiple", "3 times"),
    ("2.5 times as fast", "multiple", "2.5 times"),
    ("3x faster", "multiple", "3x"),
    ("3× faster", "multiple", "3×"),
    ("3 × faster", "multiple", "3 ×"),
    ("a speed-up of ×30", "multiple", "×30"),
    ("ten times as many", "multiple", "ten times as"),
    ("three times larger", "multiple", "three times larger"),
    ("a tenfold gain", "multiple", "tenfold"),
    ("a 10-fold gain", "multiple", "10-fold"),
])
def test_typed_numbers_are_found(text, kind, shown):
    assert [(found.kind, found.text) for found in typed_numbers(text)] == [(kind, shown)]


@pytest.mark.parametrize("text", [
    "three layers and 32 cells", "twice as many, half of them", "20,000 examples", "seeds 0 to 9", "in 2024",
    "a 3 × 4 grid, or 3x4", "jupyter-book 1.0.4", "GPT-3.5", "resid_pre", "it was run three times", "0x1F",
    "a third of them", "the 2nd layer", "e.g. .md files", "5–7 cells", "M=8", "10 seeds.", "version 1.0.4.post1",
])
def test_counts_and_names_pass(text):
    assert list(typed_numbers(text)) == []


PAGE = """\
# Numbers typed by hand: 0.1

Fine: {r}`coin.heads.share`, `0.2`, $0.3$, {cite}`vaswani2017`, {numref}`fig.coin-runs`, {quoted}`"99.5 %"`.
The share is **0.4** today,
and 50 % tomorrow.

> Not quoted from anywhere: 0.5

{.quoted}
> The source says 0.6 here.

{attribution="a source"}
> And 0.7 there.

| typed | here |
| --- | --- |
| 0.8 | no |

$$
x = 0.81
$$

```
0.82
```

- A list says 3 times,
  then {typed}`5.5 minutes <a setting of the experiment>`, and {typed}`4.4 minutes <because>`.

The reader guesses: 1.1, or 1.2? {typed}`<the guess precedes the measurement>`

:::{typed} sizes of published models, from their papers
A table of 1.75 things.
:::

```{bibliography}
```
"""


@pytest.fixture(scope="module")
def linted(make_shared_book):
    """A build of the toy book with a page full of typed numbers, on a page of a chapter and on another page."""
    book = make_shared_book("results")
    book.write("book/ch01/quiet.md", PAGE)
    book.write("book/index.md", "# Not a chapter\n\nIn 0.9 of cases.\n")
    book.edit("book/ch01/draw.md", ":alt: Three runs", ":alt: At 1.5 volts, three runs")
    book.edit("book/ch01/draw.md", "Runs of the coin", "The 1.6 runs of the coin")
    return build(book)


def test_each_typed_number_is_reported_with_its_page_and_line(linted):
    lines = PAGE.split("\n")
    expected = {(lines.index(line) + 1, text) for line, text in (
        ("# Numbers typed by hand: 0.1", "0.1"), ("The share is **0.4** today,", "0.4"),
        ("and 50 % tomorrow.", "50 %"), ("> Not quoted from anywhere: 0.5", "0.5"), ("| 0.8 | no |", "0.8"),
        ("- A list says 3 times,", "3 times"))}
    assert not linted.ok
    reported = [line for line in linted.log.split("\n") if line.startswith("book/ch01/quiet.md:")]
    typed = [line for line in reported if "typed by hand" in line]
    assert {(int(line.split(":")[1]), line.split("'")[1]) for line in typed} == expected
    assert "cite a result with {r}`id`" in typed[0]


def test_captions_and_alternative_texts_are_prose(linted):
    assert "book/ch01/draw.md:16: '1.5' is a decimal" in linted.log and "(in the alt text)" in linted.log
    assert "book/ch01/draw.md:18: '1.6' is a decimal" in linted.log


def test_other_pages_are_not_linted(linted):
    assert "book/index.md" not in linted.log


def test_an_exemption_needs_a_reason(linted):
    line = next(n for n, text in enumerate(PAGE.split("\n"), 1) if "4.4 minutes" in text)
    assert f"book/ch01/quiet.md:{line}: an exemption from the lint gives its reason in a few words" in linted.log
    assert linted.log.count("an exemption from the lint") == 1
