"""Made-up releases, small and large: results with a run, figures, claims, and what the next release has of them."""

import hashlib
import json

from made_up import record

from evidence.archive import writing
from evidence.records import sha256_of

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>{}</text></svg>'


def entry(number, generation=0, **changes):
    """A result as a build leaves it for a release; another generation has another value."""
    one = record(f"made.up-{number}", value=0.25 + number / 1e4 + generation / 1e6, **changes)
    page = f"book/ch0{number % 4 + 6}/page"
    return {"record": json.loads(json.dumps(one.to_json())), "page": page, "line": number + 1}


def sealed(data):
    """A record as data with the hash that it should have."""
    return {**data, "sha256": sha256_of(data)}


def figure(number, generation=0):
    """A figure with its place, and its files."""
    words = " ".join(hashlib.sha256(f"{number} {generation} {i}".encode()).hexdigest() for i in range(8))
    files = {"svg": DRAWING.format(words).encode(), "csv": f"x\n{number}.{generation}\n".encode(),
             "pdf": f"%PDF {words}".encode()}
    return {"id": f"fig.made-{number}", "page": "book/ch06/page", "line": number, "modules": ["a.b"], "runs": []}, files


def write(records, version, results, figures=(), **given):
    """Add a release."""
    description = {"title": "Made up: a book", "authors": [{"family": "Nobody", "given": "N."}], "abstract": "Nothing.",
                   "keywords": ["nothing"], "licences": ["MIT", "CC-BY-4.0"], "released": None, "repository": "",
                   "version": version}
    made = dict(build={"version": version, "date": "2026-01-01", "commit": "c" * 40, "clean": True}, work=description,
                claims=[{"id": "claim.a", "verdict": "supported"}]) | given
    return writing.write(records, version, results=results, figures=[place for place, _ in figures],
                         files={place["id"]: files for place, files in figures}, **made)


def weight(folder):
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
