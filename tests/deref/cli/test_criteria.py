"""`deref criteria` records the commit in which criteria first stand, once, and only of what is committed."""

import subprocess

import pytest

from deref.cli import criteria
from deref.cli.commands import main
from evidence.claims import SUPPORTED, ByHand, Claim, Verdict
from evidence.claims.standing import FILE, read


def claim(id, text):
    return Claim(id=id, chapter=1, statement="S.", source="ours", quote="q", expected=SUPPORTED, criterion=ByHand(
        needs=("a.b",), text=text, function=lambda results: Verdict(SUPPORTED), reason="a test"))


@pytest.fixture
def claims(monkeypatch):
    """The ledger, to be changed."""
    found = [claim("c.one", "Above 1."), claim("c.two", "Above 2.")]
    monkeypatch.setattr(criteria, "ledger", lambda: found)
    return found


@pytest.fixture
def project(tmp_path, monkeypatch, claims):
    monkeypatch.setattr(criteria, "PROJECT", tmp_path)
    (tmp_path / "file").write_text("1")
    return tmp_path


@pytest.fixture
def commit(project):
    """Commit everything, and give the commit."""
    def run(*arguments):
        done = subprocess.run(["git", *arguments], cwd=project, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("init", "-q")

    def made():
        run("add", ".")
        run("-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "-qm", "x")
        return run("rev-parse", "HEAD")

    return made


def test_each_criterion_is_recorded_with_the_commit_that_first_has_it(project, claims, commit, capsys):
    first = commit()
    assert main(["criteria", "--check"]) == 1
    assert capsys.readouterr().err == "deref: 2 of 2 criteria are not recorded: c.one, c.two\n"
    assert main(["criteria"]) == 0
    assert "recorded 2 criteria of commit " in capsys.readouterr().err
    claims[1] = claim("c.two", "Above 3.")
    second = commit()
    assert main(["criteria"]) == 0
    found = read(project / "records" / FILE)
    assert [[one.commit for one in found[name]] for name in ("c.one", "c.two")] == [[first], [first, second]]
    before = (project / "records" / FILE).read_bytes()
    assert main(["criteria"]) == main(["criteria", "--check"]) == 0
    assert (project / "records" / FILE).read_bytes() == before


def test_what_is_not_committed_is_not_recorded(project, commit, capsys):
    commit()
    (project / "file").write_text("2")
    assert main(["criteria"]) == 2
    assert capsys.readouterr().err.endswith("so that the commit has the criteria, got uncommitted changes\n")
    assert not (project / "records").exists()


def test_without_a_repository_it_says_so(project, capsys, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    assert main(["criteria"]) == 2
    assert capsys.readouterr().err.endswith("got none\n")


def test_a_damaged_record_is_refused_and_stays(project, commit, capsys):
    (project / "records").mkdir()
    (project / "records" / FILE).write_text("[]")
    commit()
    assert main(["criteria"]) == 2
    assert "expected recorded criteria in format 1" in capsys.readouterr().err
    assert (project / "records" / FILE).read_text() == "[]"
