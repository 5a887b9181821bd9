"""The words of a page: those that a reader meets, without code, options and what roles hold."""

from pathlib import Path

import pytest

from bookkit.prose.word_count import WORDS_A_MINUTE, minutes, words

BOOK = Path(__file__).parents[3] / "book"
MOST = 2_500
EXEMPT = {"companion", "rebuild"}
"""Nobody reads them from end to end: a table of the textbook's sections, and what to type for one purpose each."""


@pytest.mark.parametrize(("written", "count"), [
    ("One, two three.", 3),
    ("---\nbrief: asks for it\n---\n\n# Two words\n", 2),
    ("Two words:\n\n```{code-cell}\n:tags: [remove-input]\n\nprint('one two three')\n```\n\nand two", 4),
    ("```python\nx = 1\n```\n", 0),
    ("````md\n```{r} x\n```\nfour five\n````\nsix", 1),
    ("```{admonition} Takeaways\n- A point.\n```\n", 2),
    (":::{exhibit} fig.x\n:alt: Left, a map of many words.\n\nA caption.\n:::\n", 2),
    ("(source-a)=\n**a.** A text", 3),
    ("It is {r}`a.b` of {rci}`c.d` cases.", 6),
    ("{checked}`more than half|low(a.b) > 50%` and {term}`words <word>` and {typed}`four <a reason of words>`", 7),
    ("| a | b |\n| --- | --- |\n| c | $x^2 + 1$ |\n", 5),
    ("A fence\n```{literalinclude} x.py\n:pyobject: y\n```\nends.", 3),
])
def test_what_is_counted(written, count):
    assert words(written) == count


def test_a_reader_of_half_an_hour():
    assert minutes(30 * WORDS_A_MINUTE) == 30 and minutes(3) == 1


@pytest.mark.parametrize("name", sorted(path.relative_to(BOOK).with_suffix("").as_posix()
                                        for path in BOOK.rglob("*.md")))
def test_no_page_is_longer_than_a_sitting(name):
    if name not in EXEMPT:
        assert words((BOOK / f"{name}.md").read_text("utf-8")) <= MOST
