"""A number that no registered function computed: found by a strict build's sample, and by a release."""

import re
from collections import Counter
from dataclasses import replace

import pytest
import toy_results  # noqa: F401 (declares the results)
import toybook
from made_up import record

from bookkit import __main__ as command
from bookkit.checks.recomputed import drawn
from bookkit.results.recomputing import wrong
from evidence import exact
from evidence.cores import usable_cores
from evidence.results import provenance, registry
from evidence.runs import Store

HONEST = '''"""Results with registered functions."""

from evidence.results import exact, result


@result("toy.six", title="Six by seven", format="d")
def six(store):
    return exact(42, "counted")


@result("toy.seven", title="Days of a week", format="d", unit="days")
def seven(store):
    return exact(7, "counted")


@result("toy.nine", title="Three squared", format="d")
def nine(store):
    return exact(9, "counted")
'''
MAIN = '''"""The command that a build calls: python -m toy recompute --records FILE --faults FILE"""

import json
import sys
from pathlib import Path

import toy.honest
from evidence.records import Record
from evidence.results.recompute import Kept, faults

_, _, records, _, found = sys.argv[1:]
asked = json.loads(Path(records).read_text())
given = [Record.from_json(one) for one in asked["records"]]
Path(found).write_text(json.dumps(faults(given, asked["ids"], Kept(Path(found).parent / "store"))))
print("asked", sorted(one.id for one in given))
'''
PAGE = "---\nfile_format: mystnb\n---\n\n# Measure\n\n```{{code-cell}}\n" \
    "from evidence.results.publish import publish\nimport toy.honest\n\npublish({ids})\n```\n\n" \
    "```{{code-cell}}\n{forged}\n```\n"
FORGE = """from dataclasses import replace
from evidence.results.provenance import record_of
from evidence.results.registry import get
from evidence.runs import default_store
from toy.publish import Shown

made = replace(record_of(get({id!r}), default_store()), {change})
Shown({{"text/plain": "it"}}, {{"book.result": made.to_json()}})"""
FORGED = [
    ("toy.seven", "value=8", "the result 'toy.seven' is published as 8, and toy.honest.seven computes 7"),
    ("toy.six", "unit='km'", "the result 'toy.six' is published with another unit than toy.honest.six"),
    ("toy.six", "id='toy.eight', value=8",
     "the result 'toy.eight' is published, and no registered function computes it"),
]


@pytest.fixture
def book(make_book, forking):
    """A book of one chapter with honest results, whose package has the command."""
    made = make_book("results")
    made.write("_toc.yml", "format: jb-book\nroot: book/index\nchapters:\n  - file: book/ch01/measure\n")
    for name in ("ch01/before", "ch01/draw", "ch01/quiet", "claims", "results"):
        (made.path / f"book/{name}.md").unlink()
    made.write("book/index.md", "# A book\n\nProse.\n")
    config = re.sub(r" *bookkit_(ledger|recompute):.*\n", "", made.read("_config.yml"))
    made.write("_config.yml", re.sub(r" *bookkit_sources:\n(      .*\n)+", "", config))
    made.write("code/toy/honest.py", HONEST)
    made.write("code/toy/__main__.py", MAIN)
    made.write("book/ch01/measure.md", PAGE.format(ids="'toy.*'", forged="1"))
    return made


def test_a_tenth_is_drawn_from_an_eighth_of_the_modules():
    records = [record(f"r.m{module}.n{number}", module=f"book.m{module}")
               for module in range(16) for number in range(10)]
    draws = [drawn(records, seed) for seed in range(200)]
    assert {len(names) for names in draws} == {len(records) // 10}
    assert {len({name.split(".")[1] for name in names}) for names in draws} == {2}
    assert drawn(records[::-1], 7) == draws[7], "the seed says it all"
    # each result as often as any other: the extremes of 160 binomials, 0.1 in 200 tries
    times = Counter(name for names in draws for name in names)
    assert len(times) == len(records) and max(times.values()) < 45


def test_a_module_that_is_drawn_gives_one_result_at_least():
    assert drawn([record("r.one")], 0) == ["r.one"]


def test_results_that_functions_compute_pass_and_the_seed_is_said(book):
    built = toybook.build(book, BOOK_STRICT="1", BOOK_SAMPLE="3")
    assert built.ok, built.log
    assert "computing 3 of 3 results again, drawn with BOOK_SAMPLE=3: toy." in built.log
    assert "results again" not in toybook.build(book).log, "a usual build computes nothing again"
    assert command.main(["release", "0.1.0", "--root", str(book.path), "--package", "toy"]) == 0


def test_records_that_cells_wrote_by_hand_are_found(book, capsys):
    cells = "\n```\n\n```{code-cell}\n".join(FORGE.format(id=rid, change=change) for rid, change, _ in FORGED)
    book.write("book/ch01/measure.md", PAGE.format(ids="'toy.nine'", forged=cells))
    value, unit, absent = (said for *_, said in FORGED)
    strict = toybook.build(book, BOOK_STRICT="1", BOOK_SAMPLE="5")  # which draws toy.seven and toy.six
    assert not strict.ok
    for said in (value, unit, absent):  # an id without a function is found whatever is drawn
        assert re.search(rf"^book/ch01/measure.md:\d+: {re.escape(said)}", strict.log, re.MULTILINE), strict.log
    assert toybook.build(book).ok
    assert command.main(["release", "0.1.0", "--root", str(book.path), "--package", "toy"]) == 1
    said = capsys.readouterr().err
    assert [line for *_, line in FORGED if line not in said] == []
    assert not (book.path / "records/releases").exists()


SAYING = '''"""A command that finds every record wrong, and says which process asked."""

import json
import os
import sys
from pathlib import Path

_, _, records, _, found = sys.argv[1:]
asked = json.loads(Path(records).read_text())
Path(found).write_text(json.dumps({one["id"]: str(os.getpid()) for one in asked["records"]}))
'''


def test_results_of_one_module_are_computed_by_one_process_and_none_is_left_out(tmp_path):
    (tmp_path / "code/toy").mkdir(parents=True)
    (tmp_path / "code/toy/__main__.py").write_text(SAYING, "utf-8")
    made = provenance.record_of(registry.get("toy.six"), Store(tmp_path / "store", device="cpu"))
    records = [replace(made, id=f"toy.n{n}", module=f"toy.m{n % 3}") for n in range(9)]
    found = wrong(tmp_path, "toy", records)
    assert sorted(found) == [one.id for one in records]
    assert {len({found[f"toy.n{n}"] for n in range(first, 9, 3)}) for first in range(3)} == {1}
    assert len(set(found.values())) == min(usable_cores(), 3)


def test_results_of_an_exact_build_are_computed_again_by_exact_processes(tmp_path):
    (tmp_path / "code/toy").mkdir(parents=True)
    (tmp_path / "code/toy/__main__.py").write_text(SAYING.replace("str(os.getpid())", "dict(os.environ)"), "utf-8")
    made = provenance.record_of(registry.get("toy.six"), Store(tmp_path / "store", device="cpu", exact=False))
    exactly = replace(made, build={**made.build, "exact": {"settings": "those of the build", "weights": []}})
    assert exact.environment().items() <= wrong(tmp_path, "toy", [exactly])["toy.six"].items()
    plain = {"PYTHONPATH": f"{tmp_path}/code"}
    assert exact.SWITCH not in wrong(tmp_path, "toy", [made], env=plain)["toy.six"]
