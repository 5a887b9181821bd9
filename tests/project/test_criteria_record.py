"""The record of criteria names commits of this repository, and what it says of them is so."""

import itertools
from pathlib import Path

import pytest

import criteria_history
from evidence.claims.standing import FILE, read
from evidence.provenance.git import git

PROJECT = Path(__file__).parents[2]
STANDS = read(PROJECT / "records" / FILE)


@pytest.fixture(scope="module")
def commits():
    """The day of every commit up to this one."""
    if git(PROJECT, "rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("the history is not here")
    return dict(line.split() for line in git(PROJECT, "log", "--format=%H %cs", "HEAD").splitlines())


def test_every_commit_that_is_named_is_there_with_its_day(commits):
    assert len(STANDS) >= 54
    named = {(one.commit, one.date) for known in STANDS.values() for one in known if one.commit}
    assert named <= commits.items()


def test_a_claim_s_criteria_follow_each_other_in_time():
    for known in STANDS.values():
        assert [one.date for one in known] == sorted(one.date for one in known)
        assert all(a.criterion != b.criterion for a, b in itertools.pairwise(known))


@pytest.mark.parametrize("claim", ["a.attention-is-lookup"])
def test_the_commits_have_the_criteria_and_those_before_them_do_not(commits, claim):
    for one in STANDS[claim]:
        assert criteria_history.criteria(one.commit)[claim] == one.criterion
        assert criteria_history.criteria(f"{one.commit}^").get(claim) != one.criterion
