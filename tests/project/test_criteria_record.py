"""The record of criteria names commits of this repository, and what it says of them is so."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.claims.standing import FILE, read
from evidence.provenance.git import git

PROJECT = Path(__file__).parents[2]
STANDS = read(PROJECT / "records" / FILE)
ASK = """
import hashlib, json
try:
    from deref.ledger import ledger
except ImportError:
    from deref.claims import ledger
print(json.dumps({one.id: hashlib.sha256(one.criterion_text.encode()).hexdigest()[:16] for one in ledger()}))
"""


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


def criteria(commit, folder):
    """The hashes of criteria in a commit's code, by claim; none where its code cannot be imported."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit, "code"], cwd=PROJECT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x"], cwd=folder, input=archive, check=True)
    done = subprocess.run([sys.executable, "-c", ASK], cwd=folder, check=False, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(folder / "code")})
    return json.loads(done.stdout) if done.returncode == 0 else {}


@pytest.mark.parametrize("claim", ["a.attention-is-lookup"])
def test_the_commits_have_the_criteria_and_those_before_them_do_not(commits, claim, tmp_path):
    for number, one in enumerate(STANDS[claim]):
        assert criteria(one.commit, tmp_path / f"{number}")[claim] == one.criterion
        assert criteria(f"{one.commit}^", tmp_path / f"{number}-before").get(claim) != one.criterion
