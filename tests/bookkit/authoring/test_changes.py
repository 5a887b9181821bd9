"""Two records of a result, told apart by as many digits as it takes and no more."""

import pytest

from bookkit.authoring.changes import MOST, apart
from evidence.records import Record


def record(value, spec, ci=None):
    return Record(id="a.b", title="A result", value=value, ci=ci, method="counted", unit="", format=spec, n=None,
                  n_of="", runs=(), module="m", function="f", code="0" * 64,
                  versions={"python": "3", "torch": "2", "numpy": "2", "deref": "0"},
                  build={"commit": None, "clean": None, "hardware": "a test", "threads": 1, "wall_s": None})


@pytest.mark.parametrize(("spec", "old", "now", "texts"), [
    (".2f", 0.26, 0.31, ("0.26", "0.31")),
    (".2f", 0.2612, 0.2634, ("0.261", "0.263")),
    (".0%", 0.99412, 0.99413, ("99.412%", "99.413%")),
    ("+.1%", -0.0501, -0.0502, ("−5.01%", "−5.02%")),
    (".0e", 3.04e-8, 3.08e-8, ("3.0\xa0×\xa010⁻⁸", "3.1\xa0×\xa010⁻⁸")),
    (".2g", 1.2342, 1.2341, ("1.2342", "1.2341")),
    (".1f", 2e-4, 0.0, ("0.0002", "0.0000")),
    (",.0f", 12345.2, 12345.4, ("12,345.2", "12,345.4")),
])
def test_digits_are_added_until_the_difference_shows(spec, old, now, texts):
    assert apart(record(old, spec), record(now, spec)) == texts


def test_an_interval_alone_can_be_the_difference():
    old, now = (record(0.5, ".1f", ci=(0.4, high)) for high in (0.601, 0.604))
    assert apart(old, now) == ("0.500 (95% CI 0.400 to 0.601)", "0.500 (95% CI 0.400 to 0.604)")


@pytest.mark.parametrize(("spec", "old", "now", "usual"), [
    (".2f", 0.26, 0.26 + 1e-9, "0.26"), (".0%", 0.5, 0.5 + 1e-12, "50%"), ("g", 1.5, 1.5 + 1e-12, "1.5"),
    (".1g", 1.5, 1.5 + 1e-12, "2")])
def test_what_many_digits_do_not_show_is_said_in_words(spec, old, now, usual):
    assert apart(record(old, spec), record(now, spec)) == (usual, f"{usual}, apart beyond {MOST} digits")
