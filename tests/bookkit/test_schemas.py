"""The shipped schemas: each accepts what the project writes (see the other tests), and refuses what it must not."""

import copy

import pytest
from toybook import validator

HASH = "0" * 64
BUILD = {"version": "0.1.0", "date": "2026-01-01", "commit": None, "clean": None, "python": "3.11", "fast": None,
         "compared_with": None}
RECORD = {"form": 2, "id": "a.b", "title": "T", "value": 0.5, "ci": [0.4, 0.6], "method": "m", "unit": "",
          "format": ".1f", "n": 3, "n_of": "seeds", "module": "m", "function": "f", "code": HASH,
          "runs": [{"address": "r", "config": {"type": "C"}, "seeds": [0]}],
          "versions": {"python": "3", "torch": "2", "numpy": "2", "deref": "0"},
          "build": {"commit": None, "clean": None, "hardware": "h", "threads": 1, "wall_s": None}, "sha256": HASH}
ROW = {"id": "a.b", "title": "T", "value": 1, "ci": None, "unit": "", "n": None, "seeds": [], "page": "book/p",
       "url": "results/a.b/", "runs": [], "module": "m", "function": None, "code": HASH, "commit": None, "versions": {},
       "hardware": "h", "sha256": HASH}
CLAIM = {"id": "a.b", "statement": "S.", "source": "a", "verdict": "mixed", "conditions": "c", "expected": "refuted",
         "kind": "finding", "criterion": {"sha256": HASH[:16], "commit": None, "date": None, "release": None,
                                          "results_since": "0.1.0", "changed_from": None},
         "replications": {"0.2.0-a-1000": "unsettled"},
         "evidence": [{"id": "a.b", "value": None, "url": "u"}], "passages": ["p.html#passage-a_b-1"], "page": None,
         "url": None}
GOOD = {
    "record": RECORD,
    "results": {"build": BUILD, "results": [ROW]},
    "released": {"build": BUILD, "results": [{name: ROW[name] for name in (
        "id", "title", "value", "ci", "unit", "n", "page", "sha256")}]},
    "versions": {"releases": ["0.2.0", "0.1.0"], "results": {"a.b": ["0.2.0", "0.1.0"]}},
    "claims": {"build": BUILD, "claims": [CLAIM]},
    "release": {"build": BUILD, "work": {}, "results": [{"record": RECORD, "page": "p", "line": 3}],
                "figures": [{"id": "fig.a", "page": "p", "line": None}]},
    "manifest": {"version": "0.1.0", "build": BUILD, "work": {}, "index": HASH, "bundle": HASH, "claims": HASH,
                 "seal": HASH},
    "published": {"results": {"a.b": {"page": "p", "since": "0.1.0"}}, "figures": {}},
}


def at(data, path):
    for key in path:
        data = data[key]
    return data


@pytest.mark.parametrize("schema", GOOD)
def test_a_whole_file_is_valid_and_no_part_of_it_can_be_missing_or_added(schema):
    check = validator(schema)
    check.validate(GOOD[schema])
    inner = {"results": ["results", 0], "released": ["results", 0], "claims": ["claims", 0], "release": ["results", 0],
             "published": ["results", "a.b"]}.get(schema, [])
    for path in ([], inner):
        for key in at(GOOD[schema], path):
            broken = copy.deepcopy(GOOD[schema])
            del at(broken, path)[key]
            assert not check.is_valid(broken), (schema, path, key)
        added = copy.deepcopy(GOOD[schema])
        at(added, path)["surprise"] = 1
        assert not check.is_valid(added), (schema, path)


@pytest.mark.parametrize(("schema", "path", "wrong"), [
    ("record", ["value"], "0.5"), ("record", ["ci"], [0.4]), ("record", ["sha256"], "abc"), ("record", ["id"], "A.b"),
    ("record", ["n"], -1), ("results", ["results", 0, "seeds"], ["0"]), ("results", ["results", 0, "code"], "x"),
    ("released", ["results", 0, "sha256"], "x"), ("versions", ["results"], {"a.b": []}),
    ("claims", ["claims", 0, "verdict"], "true"), ("claims", ["claims", 0, "evidence"], ["a.b"]),
    ("claims", ["claims", 0, "passages"], ["p.html"]), ("claims", ["claims", 0, "passages"], ["#passage-a-1"] * 2),
    ("release", ["results", 0, "record"], {}), ("published", ["results"], {"A": {"page": "p", "since": "1"}}),
    ("published", ["figures"], []), ("manifest", ["index"], "abc"), ("manifest", ["seal"], None),
])
def test_wrong_values_are_refused(schema, path, wrong):
    broken = copy.deepcopy(GOOD[schema])
    at(broken, path[:-1])[path[-1]] = wrong
    assert not validator(schema).is_valid(broken)
