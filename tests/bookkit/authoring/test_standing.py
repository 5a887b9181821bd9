"""Proof of time: a claim's box says since when its criterion has stood, and whether results existed before that."""

import re

import pytest
from toybook import article, build, data, text

from bookkit.release import release
from evidence.claims.standing import FILE, read

CHANGED = "Changed after results existed: release 0.1.0 had judged by another one."


@pytest.fixture(scope="module")
def released(make_shared_book):
    """A toy book that was built and released as 0.1.0, the page of its claims before that, and the book built again."""
    book = make_shared_book("results")
    first = build(book)
    assert first.ok, first.log
    before = box(first)
    release(book.path, "0.1.0", lambda records: {})
    after = build(book)
    assert after.ok, after.log
    return book, before, after


def box(built):
    html = article(built, "book/ch01/measure")
    return text(html[html.index('id="claim-coin_fair"'):])


def criterion(built, claim="coin.fair"):
    (one,) = (one for one in data(built, "claims/index.json", "claims")["claims"] if one["id"] == claim)
    return one["criterion"]


def test_a_new_criterion_is_not_recorded_and_a_release_records_it(released):
    book, before, after = released
    assert "CriterionNot recorded in any commit yet." in before
    assert re.search(r"CriterionUnchanged since release 0\.1\.0, \d{4}-\d\d-\d\d\. ", box(after))
    assert "after results existed" not in box(after)
    stands = read(book.path / "records" / FILE)
    assert [(one.release, one.commit) for one in stands["coin.fair"]] == [("0.1.0", None)]  # it is in no repository
    assert [one.release for one in stands["coin.gold"]] == [None], "it was not run, so nothing was judged by it"
    found = criterion(after)
    assert found == {"sha256": stands["coin.fair"][0].criterion, "commit": None, "date": stands["coin.fair"][0].date,
                     "release": "0.1.0", "results_since": None, "changed_from": None}


def test_a_criterion_that_changed_after_results_says_so_until_it_is_put_back(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    with book.edited("code/toy/ledger.py", "A half lies in the interval.", "A half lies in it, or a third."):
        changed = build(book)
        assert changed.ok, changed.log
        assert f"CriterionNot recorded in any commit yet. {CHANGED}" in box(changed)
        assert criterion(changed)["changed_from"] == criterion(released[2])["sha256"] != criterion(changed)["sha256"]
        assert criterion(changed, "coin.gold")["changed_from"] is None
    assert CHANGED not in box(build(book))


def test_a_commit_that_is_recorded_is_named(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    path = f"records/{FILE}"
    book.edit(path, '"commit": null', f'"commit": "{"c" * 40}"')
    assert re.search(r"Unchanged since release 0\.1\.0, commit ccccccc, \d", box(build(book)))
    book.edit(path, "c" * 40, "nothing")
    broken = build(book)
    assert not broken.ok
    assert "criteria.json: coin.fair: expected commit of the form" in broken.log


def test_a_claim_about_results_that_were_out_says_so(released, tmp_path):
    book = released[0].copy(tmp_path / "book")
    book.edit("code/toy/ledger.py", "    return [\n", """    return [
        Claim(id="coin.late", chapter=1, statement="Seen in time.", source="a", quote="late", expected="supported",
              criterion=_by_hand("A half lies in it.", ("coin.heads.share",), _fair)),
""")
    found = criterion(build(book), "coin.late")
    assert (found["results_since"], found["changed_from"]) == ("0.1.0", None)
