"""Words with a condition: how conditions are read, and when they hold; shares of units in words."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkit.prose import conditions
from evidence.records import Record, share_text

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


def record(rid, value, n=None, of="", method="share of coins", form=".0%", ci=None):
    return Record(id=rid, title="A number", value=value, ci=ci, method=method, unit="", format=form, n=n, n_of=of,
                  runs=(), module="m", function="f", code="0" * 64,
                  versions=dict.fromkeys(("python", "torch", "numpy", "deref"), "1"),
                  build=dict.fromkeys(("commit", "clean", "hardware", "threads", "wall_s")))


def holds(text, **values):
    records = {name.replace("_", "."): record(name.replace("_", "."), value) for name, value in values.items()}
    return not conditions.failing(conditions.parse(f"words|{text}"), records)


@given(st.integers(-200, 200), st.integers(-200, 200), st.sampled_from(sorted(SIGNS)))
def test_a_comparison_says_what_python_says(first, second, sign):
    expected = SIGNS[sign](first, second)
    assert holds(f"a.b {sign} {second}", a_b=first / 1) == expected
    assert holds(f"a.b {sign} {second}%", a_b=first / 100) == expected
    assert holds(f"a.b{sign}c.d", a_b=first / 100, c_d=second / 100) == expected


@pytest.mark.parametrize("number", ["0.5", "50%", ".5", "5e-1", "50.0%"])
def test_numbers_are_written_as_readers_write_them(number):
    assert holds(f"a.b = {number}", a_b=0.5) and not holds(f"a.b < {number}", a_b=0.5)
    assert conditions.parse(f"half|a.b = {number}").cites == ("a.b",)


def test_large_and_negative_numbers():
    assert holds("a.b = 21,600 and c.d < \N{MINUS SIGN}3 and c.d < -3", a_b=21600, c_d=-4)


@given(st.integers(1, 10_000), st.data())
def test_rounding_makes_no_difference(n, data):
    """Records keep twelve digits, so that a half of some units may be a little less than a half."""
    k = data.draw(st.integers(1, n))
    value = float(f"{k / n:.11e}")
    assert holds("a.b = c.d", a_b=value, c_d=k / n) and not holds("a.b > c.d", a_b=value, c_d=k / n)
    said = share_text(record("a.b", value, n, "coins")).replace("\N{NO-BREAK SPACE}", " ")
    assert said == ("every coin" if k == n else f"{k:,} of {n:,} coins")


def test_all_comparisons_have_to_hold_and_those_that_do_not_are_named():
    checked = conditions.parse("in between|a.b > 0.1 and a.b < 40% and c.d < a.b")
    records = {"a.b": record("a.b", 0.5), "c.d": record("c.d", 0.75)}
    assert checked.words == "in between" and checked.cites == ("a.b", "c.d")
    failed = conditions.failing(checked, records)
    assert list(map(conditions.text_of, failed)) == ["a.b < 40%", "c.d < a.b"]
    assert conditions.found(failed, records) == "50%; 75% against 50%"


def test_the_ends_of_intervals_may_be_compared():
    checked = conditions.parse("an interval that includes zero|low(a.b) <= 0 and high(a.b) >= 0")
    assert checked.cites == ("a.b",)
    assert not conditions.failing(checked, {"a.b": record("a.b", 0.2, ci=(-0.1, 0.5))})
    above = {"a.b": record("a.b", 0.2, ci=(0.1, 0.5))}
    assert conditions.found(conditions.failing(checked, above), above) == "10%"
    alone = {"a.b": record("a.b", 0.2)}
    assert conditions.found(conditions.failing(checked, alone), alone) == "20%", "its value is all that there is"


def test_what_a_build_cannot_have_does_not_fail():
    checked = conditions.parse("much|a.b > 0.9 and c.d > 0.9")
    assert [one.cites for one in conditions.failing(checked, {"c.d": record("c.d", 0.5)})] == [("c.d",)]


@pytest.mark.parametrize("text", ["words", "words|", "|a.b > 1", "words|a.b", "words|a.b > ", "words|a.b ~ 1",
                                  "words|a.b > 1 or a.b < 0", "words|a.b > 1 > 0", "words|1 < 2", "words|a_b > 1",
                                  "words|a.b > A", "words|a.b > 1 and", "words|a.b => 1", "words|a.b == 1",
                                  "words|low(a.b > 1", "words|mid(a.b) > 1", "words|low(0.5) > 1"])
def test_malformed_conditions_are_refused(text):
    with pytest.raises(ValueError, match="expected"):
        conditions.parse(text)


@pytest.mark.parametrize(("k", "n", "of", "said"), [
    (10, 10, "seeds", "every seed"), (0, 10, "seeds", "no seed"), (8, 10, "seeds", "8 of 10 seeds"),
    (1, 1, "models", "every model"), (0, 40, "sentences", "no sentence"), (7, 7, "memories of a task",
                                                                          "every memory of a task"),
    (1500, 3000, "classes", "1,500 of 3,000 classes"), (3000, 3000, "classes", "every class"),
])
def test_a_share_in_words(k, n, of, said):
    assert share_text(record("a.b", k / n, n, of)).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(("value", "n", "of", "method"), [
    (0.5, None, "", "share of coins"), (0.5, 0, "coins", "share of coins"), (0.55, 10, "coins", "share of coins"),
    (2, 10, "coins", "share of coins"), (-0.1, 10, "coins", "share of coins"), (0.5, 10, "", "share of coins"),
    (0.5, 20, "coins", "difference of shares"), (1.0, 5, "coins", "median over coins"),
])
def test_what_is_no_share_of_units_is_refused(value, n, of, method):
    with pytest.raises(ValueError, match=r"expected 'a\.b' to be a share of units"):
        share_text(record("a.b", value, n, of, method))
