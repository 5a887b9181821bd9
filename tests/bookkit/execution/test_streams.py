"""Streams of cells are joined as nbclient joins them, in one pass over the text."""

import itertools
import re

import pytest
from nbformat.v4 import new_output

from bookkit.execution.streams import joined, overwritten

NBCLIENT = re.compile(r".*\r(?=[^\n])")


@pytest.mark.parametrize("length", range(7))
def test_carriage_returns_overwrite_as_they_do_in_nbclient(length):
    for letters in itertools.product("ab\r\n", repeat=length):
        text = "".join(letters)
        assert overwritten(text) == NBCLIENT.sub("", text), repr(text)


def test_a_line_of_megabytes_is_read_once():
    line = "x" * 3_000_000
    assert overwritten(line) == line
    assert overwritten(f"{line}\r{line[:5]}\n") == "xxxxx\n"


def stream(name, text):
    return new_output("stream", name=name, text=text)


def test_pieces_of_a_stream_are_one_output_and_stdout_comes_first():
    shown = new_output("display_data", {"text/plain": "it"})
    found = joined([stream("stderr", "a"), stream("stdout", "1"), stream("stderr", "b"), shown, stream("stdout", "2")])
    assert [(one.get("name"), one.get("text")) for one in found] == [
        ("stdout", "12"), ("stderr", "ab"), (None, None)]
    assert joined([]) == []
