"""How long a criterion has stood, told from what commits and releases recorded, and whether results existed by then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.claims import SUPPORTED, ByHand, Claim, Verdict
from evidence.claims.standing import Stand, dumps, read, recorded, standing
from evidence.records.replication import short_hash

OLD, NOW = short_hash("Above 1."), short_hash("Above 2.")
COMMITS = {name: name * 40 for name in "abc"}
RELEASES = ["0.9.0", "0.10.0", "1.0.0"]


def claim(text="Above 2.", needs=("a.b",)):
    return Claim(id="c.d", chapter=1, statement="S.", source="ours", quote="q", expected=SUPPORTED, criterion=ByHand(
        needs=needs, text=text, function=lambda results: Verdict(SUPPORTED), reason="a test"))


def stand(criterion, commit, release=None):
    return Stand(criterion=criterion, commit=COMMITS[commit], date="2026-01-02", release=release)


def found(stands, since, releases=RELEASES):
    return standing(claim(), {"c.d": stands}, since, releases)


def test_a_criterion_that_stood_before_any_results_has_nothing_to_confess():
    one = found([stand(NOW, "a", "0.9.0")], {"a.b": "0.9.0"})
    assert (one.criterion, one.stand.commit, one.before, one.changed) == (NOW, "a" * 40, None, False)
    assert one.sentence() == "Unchanged since release 0.9.0, commit aaaaaaa, 2026-01-02."


def test_a_criterion_that_no_release_judged_by_yet_names_its_commit():
    assert found([stand(NOW, "a")], {}).sentence() == "Unchanged since commit aaaaaaa, 2026-01-02."
    assert found([], {}).sentence() == "Not recorded in any commit yet."


def test_a_criterion_that_changed_after_results_says_so():
    one = found([stand(OLD, "a", "0.9.0"), stand(NOW, "b")], {"a.b": "0.9.0"})
    assert (one.changed, one.other, one.before) == (True, OLD, "1.0.0")
    assert one.sentence() == ("Unchanged since commit bbbbbbb, 2026-01-02. Changed after results existed: "
                              "release 1.0.0 had judged by another one.")


def test_a_release_that_judges_by_the_new_criterion_does_not_make_it_older():
    one = found([stand(OLD, "a", "0.9.0"), stand(NOW, "b", "0.10.0")], {"a.b": "0.9.0"})
    assert one.sentence().endswith("Changed after results existed: release 0.9.0 had judged by another one.")


def test_results_under_other_names_existed_too():
    assert found([stand(OLD, "a", "0.9.0"), stand(NOW, "b")], {"x.y": "0.9.0"}).before == "0.9.0"


def test_a_change_before_any_results_is_none():
    one = found([stand(OLD, "a"), stand(NOW, "b", "0.10.0")], {"a.b": "0.10.0"})
    assert (one.changed, one.sentence()) == (False, "Unchanged since release 0.10.0, commit bbbbbbb, 2026-01-02.")


def test_a_claim_about_results_that_were_out_says_so():
    one = found([stand(NOW, "b", "1.0.0")], {"a.b": "0.10.0"})
    assert not one.changed
    assert one.sentence().endswith("Written after results existed: release 0.10.0 had published some that it reads.")


def test_a_criterion_that_came_back_stands_since_then():
    one = found([stand(NOW, "a", "0.9.0"), stand(OLD, "b", "0.10.0"), stand(NOW, "c")], {"a.b": "0.9.0"})
    assert (one.stand.commit, one.other) == ("c" * 40, OLD)


def test_without_a_record_a_change_shows_all_the_same():
    assert found([stand(OLD, "a", "0.9.0")], {"a.b": "0.9.0"}).sentence() == (
        "Not recorded in any commit yet. Changed after results existed: release 1.0.0 had judged by another one.")


def test_what_is_recorded_is_never_changed_but_for_its_first_release():
    first = recorded({}, {"c.d": OLD}, commit="a" * 40, date="2026-01-01")
    again = recorded(first, {"c.d": OLD}, commit="b" * 40, date="2026-01-02")
    assert again == first == {"c.d": [Stand(criterion=OLD, commit="a" * 40, date="2026-01-01")]}
    out = recorded(first, {"c.d": OLD}, commit="b" * 40, date="2026-01-02", release="0.9.0")
    assert out == {"c.d": [Stand(criterion=OLD, commit="a" * 40, date="2026-01-01", release="0.9.0")]}
    assert recorded(out, {"c.d": OLD}, commit="c" * 40, date="2026-01-03", release="1.0.0") == out
    assert [one.criterion for one in recorded(out, {"c.d": NOW}, commit=None, date="2026-01-04")["c.d"]] == [OLD, NOW]


HEX = st.text("0123456789abcdef", min_size=40, max_size=40)
STANDS = st.builds(Stand, criterion=HEX.map(lambda text: text[:16]), commit=st.none() | HEX,
                   date=st.dates().map(str), release=st.none() | st.sampled_from(RELEASES))


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9.-]{0,8}[a-z0-9]", fullmatch=True),
                       st.lists(STANDS, min_size=1, max_size=3), max_size=4))
def test_what_is_written_is_read(tmp_path_factory, stands):
    path = tmp_path_factory.mktemp("stands") / "criteria.json"
    path.write_text(dumps(stands), "utf-8")
    assert read(path) == stands


@pytest.mark.parametrize(("text", "message"), [
    ("", "expected JSON"), ("[]", "in format 1"), ('{"format": 2, "claims": {}}', "in format 1"),
    ('{"format": 1, "claims": []}', "in format 1"), ('{"format": 1, "claims": {"A": []}}', "expected ids of claims"),
    ('{"format": 1, "claims": {"a": {}}}', "a: expected a list of criteria"),
    ('{"format": 1, "claims": {"a": [{}]}}', "a: expected criterion, commit, date, release"),
    ('{"format": 1, "claims": {"a": [{"criterion": "x", "commit": null, "date": "2026-01-01", "release": null}]}}',
     "expected criterion of the form"),
    ('{"format": 1, "claims": {"a": [{"criterion": null, "commit": null, "date": "2026-01-01", "release": null}]}}',
     "expected criterion of the form"),
])
def test_what_is_no_record_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "criteria.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_without_a_file_nothing_is_recorded(tmp_path):
    assert read(tmp_path / "criteria.json") == {}
