"""What progress looks like in a log, on a terminal and in a notebook."""

import io
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from deref.progress import PROGRESS, NotebookLine, PlainBoard, Report, RichBoard, board, described, duration, showing

REPORT = Report(step=1200, steps=4000, loss=0.51234, accuracy=0.8754)


@pytest.mark.parametrize(("seconds", "text"), [
    (0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3600, "1 h 00 min"), (4380, "1 h 13 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_a_report_in_words():
    assert described(REPORT) == "step 1,200 of 4,000, loss 0.5123, accuracy 87.5%"
    assert described(Report(step=0, steps=10, loss=None, accuracy=None)) == "step 0 of 10"


def test_a_log_gets_a_line_with_the_time_left_and_one_at_the_end():
    lines = []
    with PlainBoard(lines.append, every_s=0) as shown:
        shown.update("a", Report(step=0, steps=4000, loss=None, accuracy=None))
        shown.update("a", REPORT)
        shown.end("a", "trained in 3 s")
    assert lines == ["a: step 0 of 4,000, 0 s left",
                     "a: step 1,200 of 4,000, loss 0.5123, accuracy 87.5%, 0 s left",
                     "a: trained in 3 s"]


def test_a_log_is_not_flooded():
    lines = []
    with PlainBoard(lines.append, every_s=1000) as shown:
        for _ in range(50):
            shown.update("a", REPORT)
    assert lines == []


def test_the_time_left_comes_from_the_steps_seen(monkeypatch):
    clock = iter([0.0, 10.0, 60.0])
    monkeypatch.setattr("deref.progress.time.monotonic", lambda: next(clock))
    lines = []
    with PlainBoard(lines.append, every_s=5) as shown:
        for step in (1000, 2000, 4000):  # it had resumed at step 1000
            shown.update("a", Report(step=step, steps=10_000, loss=None, accuracy=None))
    assert [line.rpartition(", ")[2] for line in lines] == ["1 min 20 s left", "2 min 00 s left"]


def test_a_terminal_gets_a_bar_and_then_a_line(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    with board() as shown:
        assert isinstance(shown, RichBoard)
        shown.update("large-32", REPORT)
        shown._bars.refresh()
        shown.end("large-32", "trained in 3 s [all of it]")
    said = terminal.getvalue()
    assert "step 1,200 of 4,000, loss 0.5123, accuracy 87.5%" in said
    assert "left" in said
    assert "large-32: trained in 3 s [all of it]" in said


def test_a_pipe_gets_lines(capsys):
    with board() as shown:
        assert isinstance(shown, PlainBoard)
        shown.end("a", "failed")
    assert capsys.readouterr().err == "a: failed\n"


def test_a_run_that_does_not_train_shows_nothing(capsys):
    with showing("a"):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_run_that_fails_is_not_said_to_be_trained(capsys):
    with pytest.raises(FloatingPointError), showing("a") as progress:
        progress(REPORT)
        raise FloatingPointError
    assert "trained" not in capsys.readouterr().err


def test_a_notebook_gets_one_line_that_changes():
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            say = NotebookLine()
            say("first")
            say("second")
    finally:
        InteractiveShell.clear_instance()
    first, second = captured.outputs
    assert first.data == {PROGRESS: {"text": "first"}, "text/plain": "first"}
    assert second.data == {PROGRESS: {"text": "second"}, "text/plain": "second"}
    assert second.update
    assert first.transient == second.transient
