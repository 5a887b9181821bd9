"""Releases 0.1.0 and 0.2.0, which were folders of files once: every address has what it had.

`tests/data/releases.json` has hashes of their addresses with what stood there, taken from the files.
"""

import hashlib
import io
import json
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image

from evidence.archive import open_archive

PROJECT = Path(__file__).parents[3]
WAS = json.loads((PROJECT / "tests" / "data" / "releases.json").read_text("utf8"))


def sha256(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


@pytest.fixture(params=sorted(WAS))
def release(request):
    return open_archive(PROJECT / "records").release(request.param)


def test_every_result_has_its_address_place_value_interval_and_hash(release):
    pages = defaultdict(list)
    for rid, one in release.results.items():
        record = one.record
        given, ci = record.to_json(), record.to_json()["ci"]
        pages[one.page].append(f"results/v/{release.version}/{rid}/ {one.line} {given['value']!r} {ci!r} "
                               f"{record.sha256} {sha256(record.dumps())}\n")
    assert {page: [len(lines), sha256("".join(lines))] for page, lines in pages.items()} == \
        WAS[release.version]["results"]


def test_every_figure_has_its_files_and_every_picture_its_pixels(release):
    count, was = WAS[release.version]["figures"]
    assert len(release.figures) == count
    for kind, digest in was.items():
        lines = []
        for fid, figure in release.figures.items():
            content = figure.file(kind)
            if kind == "png":
                content = Image.open(io.BytesIO(content)).convert("RGB").tobytes()
            lines.append(f"figures/v/{release.version}/{fid}.{kind} {sha256(content)}\n")
        assert sha256("".join(lines)) == digest, kind


def test_the_claims_are_as_they_were(release):
    assert sha256(json.dumps(release.claims, sort_keys=True)) == WAS[release.version]["claims"]
