"""JSON with a line for each entry."""

import json

import pytest

from bookkit.parts.json_text import entries, rows


def test_each_entry_of_a_list_has_a_line_and_nothing_is_lost():
    data = {"results": [{"b": [1, 2], "a": "é"}, {"a": "two\nlines"}], "build": {"date": "today"}, "none": []}
    assert rows(data) == ('{\n"build":{"date":"today"},\n"none":[],\n"results":[\n{"a":"é","b":[1,2]},\n'
                          '{"a":"two\\nlines"}\n]\n}\n')
    assert json.loads(rows(data)) == data


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        rows({"value": float("nan")})


def test_each_entry_of_an_object_has_a_line_and_nothing_is_lost():
    data = {"results": {"b": {"page": "é", "since": "1"}, "a": {"since": "2"}}, "figures": {}}
    assert entries(data) == ('{\n "figures": {\n\n },\n "results": {\n  "a": {"since":"2"},\n'
                             '  "b": {"page":"é","since":"1"}\n }\n}\n')
    assert json.loads(entries(data)) == data
