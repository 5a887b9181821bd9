"""A hundred releases after those that there are, with 5% of the results and figures changed in each."""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import light_site
import yaml
from small_releases import sealed, weight
from timing import Row

from bookkit.pages import released
from evidence.archive import Release, check, open_archive, writing
from evidence.results import drawing

ROOT = Path(__file__).resolve().parents[2]
COUNT, SHARE = 100, 0.05
MEGA = 1e6


def measure() -> Iterator[Row]:
    """Release a hundred times into a copy of the archive, and write the pages; the project itself is left alone."""
    with tempfile.TemporaryDirectory() as folder:
        records, site = Path(folder) / "records", Path(folder) / "html"
        shutil.copytree(ROOT / "records", records)
        before, draw = weight(records), random.Random(0)
        newest = open_archive(records).releases[0]
        state = _State(newest)
        writing.write(records, "0.9.0", **state.given("0.9.0"))
        yield Row(what="a release in which nothing changed adds", value=f"{(weight(records) - before) / 1e3:.0f} kB",
                  goal="below 50 kB")
        start = time.perf_counter()
        for number in range(COUNT):
            state.change(draw, SHARE)
            writing.write(records, f"1.{number}.0", **state.given(f"1.{number}.0"))
        took = (time.perf_counter() - start) / COUNT
        yield Row(what="a release with 5% changed takes", value=f"{took:.2f} s", goal="")
        yield Row(what=f"the archive after {COUNT} of them", value=f"{weight(records) / MEGA:.1f} MB",
                  goal="below 100 MB")
        kept = weight(records)
        state.change(draw, 1)
        writing.write(records, "2.0.0", **state.given("2.0.0"))
        yield Row(what="a release in which everything changed adds", value=f"{(weight(records) - kept) / MEGA:.2f} MB",
                  goal="below 3 MB")
        (records / "releases" / "2.0.0.json").unlink()  # it was to weigh, and is none of the hundred
        app, found = light_site.application(ROOT, site, unpacked=_unpacked()), light_site.catalogue(records)
        start = time.perf_counter()
        made = len(released.write(app, site, found))
        yield Row(what=f"their pages, written once: {made} releases", value=f"{time.perf_counter() - start:.0f} s",
                  goal="")
        start = time.perf_counter()
        again = len(released.write(app, site, light_site.catalogue(records)))
        yield Row(what=f"again, nothing changed: {again} releases written",
                  value=f"{time.perf_counter() - start:.2f} s", goal="at most 1 s")
        others = sum(path.stat().st_size for path in (ROOT / "_build" / "html").rglob("*") if path.is_file()
                     and path.relative_to(ROOT / "_build" / "html").parts[1:2] != ("v",))
        yield Row(what="all files of releases on the site", value=f"{weight(site) / MEGA:.1f} MB", goal="")
        yield Row(what="all its other files, as it is built here", value=f"{others / MEGA:.1f} MB", goal="")
        yield Row(what="the site with both", value=f"{(weight(site) + others) / MEGA:.1f} MB",
                  goal="below 120 MB")
        start = time.perf_counter()
        problems = [line for line in check.problems(records) if not line.startswith("left over")]
        yield Row(what=f"checking every hash: {len(problems)} problems", value=f"{time.perf_counter() - start:.0f} s",
                  goal="")


def _unpacked() -> str:
    """The newest release whose files are not packed, as the project says."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]["bookkit_unpacked"]


class _State:
    """What the next release has."""

    def __init__(self, release: Release):
        self.release, self.steps = release, 0
        self.results = [{"record": one.since.own_data(rid), "page": one.page, "line": one.line}
                        for rid, one in release.results.items()]
        self.figures = [{"id": fid, "page": one.page, "line": one.line} for fid, one in release.figures.items()]
        self.files = {fid: {kind: one.file(kind) for kind in one.kinds if kind != "png"}
                      for fid, one in release.figures.items()}

    def change(self, draw: random.Random, share: float) -> None:
        """Compute a share of the results and figures anew, each with other digits and another commit."""
        self.steps += 1
        for entry in draw.sample(self.results, round(share * len(self.results))):
            record: dict[str, Any] = {name: value for name, value in entry["record"].items() if name != "sha256"}
            record["code"] = f"{draw.getrandbits(256):064x}"
            record["build"] = {**record["build"], "commit": f"{draw.getrandbits(160):040x}"}
            if record["ci"] and not record["format"].endswith("d"):
                record["ci"] = [record["ci"][0], record["ci"][1] + 1e-9 * draw.random()]
            entry["record"] = sealed(record)
        for fid in draw.sample(sorted(self.files), round(share * len(self.files))):
            self.files[fid] = {kind: _drawn(kind, content, self.steps) for kind, content in self.files[fid].items()}

    def given(self, version: str) -> dict[str, Any]:
        """The arguments of a release."""
        return {"build": {**self.release.build, "version": version}, "work": {**self.release.work, "version": version},
                "results": self.results, "figures": self.figures, "files": self.files, "claims": self.release.claims}


def _drawn(kind: str, content: bytes, step: int) -> bytes:
    """A file of a figure as it is drawn today, and not as in any other step."""
    same = drawing.compact(content.decode()).encode() if kind == "svg" else content.partition(b"\n<!--")[0]
    return same + f"\n<!--{step}-->".encode()
