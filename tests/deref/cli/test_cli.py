"""The command line, as its own process: what it prints, how it exits, and what the store holds afterwards."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[2] / "support"
# The book's own experiments and sweeps are out of sight, so that what is tested does not depend on which there are;
# the addresses of a thousand runs of sweeps took most of the time that these tests take.
NO_TOYS = "import sys, deref.cli, deref.discovery as d; d.declaring = d.sweeps = list; sys.exit(deref.cli.main())"
TOYS = NO_TOYS.replace("sys,", "sys, toy_experiments, toy_failures,")


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "PYTHONPATH": str(SUPPORT), "DEREF_STORE": str(tmp_path / "runs"), "DEREF_DEVICE": "cpu",
            "COLUMNS": "200"}


@pytest.fixture
def deref(environment, forks):
    def run(*arguments, code=None):
        return forks.run([*(["-c", code] if code else ["-m", "deref"]), *arguments], env=environment)

    return run


def entries(environment):
    """What `run.json` of every run says, by address."""
    return {path.parent.name: json.loads(path.read_text())
            for path in Path(environment["DEREF_STORE"]).glob("*/run.json")}


def test_a_module_s_missing_runs_are_trained_and_then_found(deref, environment):
    first = deref("train", "--module", "toy_experiments", "--jobs", "1")
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    # the longest first
    ended = r"^(toy-\w+): trained in \d+ s(?:; 1 of 2 runs, about \d+ s left)?$"
    assert re.findall(ended, first.stderr, re.MULTILINE) == ["toy-slow", "toy-fast"]
    assert re.search(r"^deref: trained 2 of 2 missing runs in .*$", first.stderr, re.MULTILINE)
    assert sorted(about["config"]["steps"] for about in entries(environment).values()) == [10, 300]
    assert {about["threads"] for about in entries(environment).values()} == {1}
    without_torch = "import sys; sys.modules['torch'] = None; from deref.cli import main; sys.exit(main())"
    second = deref("train", "--module", "toy_experiments", code=without_torch)
    assert (second.returncode, second.stderr) == (0, "deref: every run is in the store (2 of 2)\n")


def test_named_runs_are_trained_and_no_others(deref, environment):
    done = deref("train", "toy-fast", "toy-fast", code=TOYS)
    assert done.returncode == 0, done.stderr
    assert [about["config"]["steps"] for about in entries(environment).values()] == [10]


def test_a_damaged_run_is_reported_and_trained_again(deref, environment):
    deref("train", "toy-fast", code=TOYS)
    (weights,) = Path(environment["DEREF_STORE"]).glob("*/weights.safetensors")
    good = weights.read_bytes()
    weights.write_bytes(good[:-1])
    done = deref("train", "toy-fast", code=TOYS)
    assert done.returncode == 0
    assert re.search(r"^toy-fast: deref: warning: the run \w+ is damaged: weights.safetensors does not have its "
                     r"checksum.* moved to .*/aside/.* trained again$", done.stderr, re.MULTILINE)
    assert weights.read_bytes() == good


def test_a_failing_and_a_dying_run_are_named_and_the_others_finish(deref, environment):
    done = deref("train", "--module", "toy_failures", "--jobs", "1")
    assert done.returncode == 1
    assert re.search(r"^deref: toy-fails failed: Traceback", done.stderr, re.MULTILINE)
    assert "FloatingPointError: expected finite numbers, got NaN at step 0" in done.stderr
    assert re.search(r"^deref: toy-dies failed: its process was ended by SIGKILL \(out of memory\?\); .*$", done.stderr,
                     re.MULTILINE)
    assert "deref: trained 1 of 3 missing runs" in done.stderr
    assert [about["config"]["steps"] for about in entries(environment).values()] == [11]


@pytest.mark.parametrize(("arguments", "message"), [
    (("train",), "expected names of experiments, or --all, or --module, and one of these only"),
    (("train", "toy-fast", "--all"), "expected names of experiments, or --all, or --module, and one of these only"),
    (("train", "toy-fast", "--jobs", "0"), "expected at least 1 job, got 0"),
    (("train", "toy-fsat"), "expected the name of an experiment, got 'toy-fsat'; the nearest are toy-fast"),
    (("train", "--module", "deref.sections.ch99"),
     "expected the name of a module of experiments, got 'deref.sections.ch99'"),
    (("train", "toy-fast", "--device", "tpu"), "invalid choice: 'tpu'"),
    (("runs", "--all"), "expected --all together with --prune"),
    (("fly",), "invalid choice: 'fly'"),
    ((), "the following arguments are required: COMMAND"),
])
def test_wrong_arguments_are_answered_with_what_was_expected(deref, environment, arguments, message):
    done = deref(*arguments, code=TOYS)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path(environment["DEREF_STORE"]).exists()


def test_an_unwritable_store_is_one_clear_line(deref, environment, tmp_path):
    (tmp_path / "file").write_text("kept")
    environment["DEREF_STORE"] = str(tmp_path / "file" / "runs")
    done = deref("train", "toy-fast", code=TOYS)
    assert done.returncode == 1
    assert re.search(r"^deref: toy-fast failed: the run store at \S+ cannot be used: Not a directory; .*$", done.stderr,
                     re.MULTILINE)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "file").read_text() == "kept"


def test_the_store_is_shown_and_pruned(deref, environment):
    root = Path(environment["DEREF_STORE"])
    assert deref("train", "--module", "toy_experiments").returncode == 0
    shown = deref("runs", code=TOYS).stdout
    assert re.search(r"^toy-fast +\d\S* k?B  2 seeds, trained in 0 s$", shown, re.MULTILINE)
    assert re.search(r"^toy-slow, toy-twin +\d\S* k?B  3 seeds, trained in \d+ s$", shown, re.MULTILINE)
    assert re.search(rf"^2 entries, \d\S* k?B in {re.escape(str(root))}$", shown, re.MULTILINE)
    for leftover in ("checkpoints/" + "c" * 64 + ".safetensors", "aside/" + "a" * 64 + ".1"):
        (root / leftover).parent.mkdir(exist_ok=True)
        (root / leftover).write_bytes(b"x" * 1500)
    shown = deref("runs", code=NO_TOYS).stdout
    assert re.search(r"^cccccccccccc \(no experiment\) +1.5 kB  unfinished$", shown, re.MULTILINE)
    pruned = deref("runs", "--prune", code=TOYS)
    assert re.search(r"^deleted aaaaaaaaaaaa \(no experiment\) +1.5 kB  set aside, damaged$", pruned.stdout,
                     re.MULTILINE)
    assert re.search(r"^3 kB deleted from ", pruned.stdout, re.MULTILINE)
    assert pruned.stdout.splitlines()[-1].startswith("2 entries")
    assert len(entries(environment)) == 2
    checkpoint = root / "checkpoints" / f"{next(iter(entries(environment)))}.safetensors"
    checkpoint.write_bytes(b"of a run that somebody wants")
    assert deref("runs", "--prune", code=TOYS).stdout.startswith("0 B deleted")
    assert deref("runs", "--prune", "--all", code=TOYS).stdout.splitlines()[-1].startswith("0 entries, 0 B")
    assert entries(environment) == {}


def test_a_run_that_no_experiment_declares_any_more_is_pruned(deref, environment):
    deref("train", "toy-fast", code=TOYS)
    assert len(entries(environment)) == 1
    # without the module that declares it, nothing refers to it
    assert deref("runs", "--prune", code=NO_TOYS).stdout.splitlines()[-1].startswith("0 entries, 0 B")
    assert entries(environment) == {}


def test_experiments_are_listed(deref, environment):
    deref("train", "toy-fast", code=TOYS)
    listed = deref("list", code=TOYS)
    assert re.search(r"^toy-fast +2 seeds  stored   It takes no time\.$", listed.stdout, re.MULTILINE)
    assert re.search(r"^toy-slow +3 seeds  missing  It takes a moment\.$", listed.stdout, re.MULTILINE)


def test_the_book_s_own_experiments_can_all_be_loaded(deref):
    listed = deref("list")
    assert listed.returncode == 0, listed.stderr
    named = {line.split()[0] for line in listed.stdout.splitlines()}
    assert {"legible-8", "large-32", "fetch", "gather"} <= named


def endless(environment, **options):
    """Start a training that does not end, and wait until it writes checkpoints or reports."""
    process = subprocess.Popen([sys.executable, "-m", "deref", "train", "--module", "toy_endless"], env=environment,
                               start_new_session=True, **options)
    locks = Path(environment["DEREF_STORE"]) / "locks"
    while not list(locks.glob("*.lock")):
        assert process.poll() is None
        time.sleep(0.05)
    return process


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_gone(pids):
    while any(Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
              for pid in pids):
        time.sleep(0.05)


def test_ctrl_c_ends_every_process_and_says_so(environment):
    process = endless(environment, stderr=subprocess.PIPE, text=True)
    workers = children(process.pid)
    assert len(workers) == 1
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert said.splitlines()[-1] == "deref: interrupted"
    assert "Traceback" not in said
    wait_until_gone(workers)
    assert entries(environment) == {}


def test_workers_end_when_the_command_is_killed(environment):
    process = endless(environment, stderr=subprocess.DEVNULL)
    workers = children(process.pid)
    process.kill()
    process.wait()
    wait_until_gone(workers)


def test_a_terminal_sees_bars(environment):
    ours, theirs = pty.openpty()
    process = endless({**environment, "TERM": "xterm"}, stderr=theirs, stdin=theirs)
    os.close(theirs)
    seen = b""
    while b"toy-endless" not in seen or b"of 1,000,000,000, loss" not in seen or b"left" not in seen:
        seen += os.read(ours, 4096)
    os.killpg(process.pid, signal.SIGINT)
    try:
        while True:
            seen += os.read(ours, 4096)
    except OSError:  # the other end is closed
        pass
    assert process.wait(timeout=60) == 130
    os.close(ours)


def test_help_names_the_commands(deref):
    done = deref("--help")
    assert done.returncode == 0
    for command in ("train", "runs", "list", "verify"):
        assert re.search(rf"^  {command} +\w", done.stdout, re.MULTILINE)
    assert "--jobs N" in deref("train", "--help").stdout


def test_a_reader_that_has_seen_enough_ends_the_command_without_a_traceback(environment):
    with subprocess.Popen([sys.executable, "-u", "-m", "deref", "list"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=environment) as listing:
        assert listing.stdout.readline()
        listing.stdout.close()
        assert listing.stderr.read() == ""
    assert listing.returncode == 141
