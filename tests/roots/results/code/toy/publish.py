"""What a cell publishes, made without the store that real results come from."""

import base64

from evidence.records import Record, RunUsed

PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
PDF = (b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
       b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")


class Shown:
    """An output with metadata, as `deref.publish` and `deref.show` make them."""

    def __init__(self, data, metadata):
        self.data, self.metadata = data, metadata

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, self.metadata


def record(rid, title, value, ci, n, form, run):
    return Record(id=rid, title=title, value=value, ci=ci, method="counted", unit="", format=form, n=n, n_of="flips",
                  runs=(RunUsed(address=run * 8, config={"type": "Coin", "sides": 2}, seeds=(0, 1)),), code="0" * 64,
                  module="toy.coin", function="heads" if rid == "coin.heads.share" else "flips",
                  versions={"python": "3.11", "torch": "2", "numpy": "2", "deref": "0"},
                  build={"commit": "c" * 40, "clean": True, "hardware": "a test", "threads": 1, "wall_s": 0.5})


def result(*given):
    made = record(*given)
    return Shown({"text/plain": made.title, "text/html": f"<b>{made.title}</b>"}, {"book.result": made.to_json()})


def figure(fid, svg, csv, runs):
    files = {"pdf": base64.b64encode(PDF).decode(), "png": PNG, "csv": csv}
    build = {"commit": None, "clean": None, "hardware": "a test", "threads": 1, "wall_s": None}
    return Shown({"image/svg+xml": svg, "text/plain": fid},
                 {"book.figure": {"id": fid, "files": files, "code": "0" * 64, "modules": ["toy.drawing"],
                                 "runs": [{"address": run, "config": {"type": "Coin"}, "seeds": [0]} for run in runs],
                                 "build": build}})
