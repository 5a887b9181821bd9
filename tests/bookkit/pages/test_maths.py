"""Formulae as MathML."""

from xml.etree import ElementTree

import pytest

from bookkit.pages.maths import mathml


def test_a_formula_in_a_sentence_and_one_on_a_line_of_its_own():
    assert mathml("x^2") == "<math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>"
    assert mathml("x < y", block=True) == (
        '<math display="block"><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow></math>')


@pytest.mark.parametrize(("latex", "tags"), [
    (r"\ln n", ["mi", "mspace", "mi"]),
    (r"\log_2 M", ["msub", "mspace", "mi"]),
    (r"2 \ln \frac{1}{2}", ["mn", "mi", "mspace", "mfrac"]),
    (r"\ln(n)", ["mi", "mo", "mi", "mo"]),  # brackets stand close
    (r"\ln", ["mi"]),
    ("n x", ["mi", "mi"]),  # a product
])
def test_a_function_keeps_apart_from_what_it_is_of(latex, tags):
    row, = ElementTree.fromstring(mathml(latex))
    assert [element.tag for element in row] == tags


def test_lines_stand_under_each_other_where_their_marks_say():
    rows = ElementTree.fromstring(mathml(r"\begin{split} a &= b \\ &= c \end{split}", block=True)).findall(".//mtr")
    assert [[cell.get("columnalign") for cell in row] for row in rows] == [["right", "left"]] * 2


@pytest.mark.parametrize(("latex", "what"), [
    (r"\unheard x", r"\\unheard"), ("a & b", "a & b"), ("{", "got '{'"), (r"\frac{1}", "frac"), ("x_1_2", "x_1_2"),
    (r"\left( x", "left"),
])
def test_what_is_no_formula_is_refused(latex, what):
    with pytest.raises(ValueError, match=what):
        mathml(latex)
