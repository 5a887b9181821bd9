"""Releasing: what the last build found goes into the archive, and never changes again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bookkit.execution import executed_notebooks
from bookkit.kinds import modules as kind_modules
from bookkit.kinds.figure import RELEASED
from bookkit.pages import candidate_sums
from bookkit.pages.exports import CANDIDATE
from bookkit.parts import json_text
from bookkit.results.releases import CLAIMS, PUBLISHED, RESULTS, published
from evidence.archive import check, manifest, notebooks, writing
from evidence.claims import NOT_RUN, standing
from evidence.files import write_file
from evidence.records import Record

SHOWN = 20
"""Faults that are told; what made more of them is the same."""


def release(root: Path, version: str, wrong: Callable[[list[Record]], dict[str, str]]) -> list[str]:
    """Freeze the last build of a book as a version.

    Args:
        root: of the project, with `_build` and `records` in it.
        version: such as "0.1.0".
        wrong: computes records again, and says by id what comes out otherwise.

    Returns:
        What to tell the person who releases: one line each, warnings among them.

    Raises:
        ValueError: not a version, a version that exists or that is not the book's, no full build that succeeded, files
            that are not as it left them, results that do not come out again, or an archive that is damaged.
    """
    build_dir, records = root / "_build", root / "records"
    candidate = build_dir / CANDIDATE
    if manifest.order(version) is None:
        raise ValueError(f'expected a version such as "0.1.0", got {version!r}')
    if (there := manifest.path_of(records, version)).exists():
        raise ValueError(f"expected a new version, got {version!r}, which is released: {there} never changes")
    if not (candidate / RESULTS).exists():
        raise ValueError(f"expected a full build that succeeded, got none: there is no {candidate}; run `make book` "
                         "first, not FAST")
    executed_notebooks.finished(build_dir)
    candidate_sums.check(build_dir)
    data = json.loads((candidate / RESULTS).read_text("utf-8"))
    if data["build"]["version"] not in ("", version):
        raise ValueError(f"expected the version of CITATION.cff, {data['build']['version']!r}, got {version!r}; "
                         "change it there, build, and release that")
    if faults := wrong([Record.from_json(entry["record"]) for entry in data["results"]]):
        shown = list(faults.values())[:SHOWN]
        more = [f"and {len(faults) - len(shown)} more"] if len(faults) > len(shown) else []
        raise ValueError("\n".join([f"expected results that come out again, got {len(faults)} that do not:", *shown,
                                    *more]))
    chapters = {page: _lean(chapter) for page, chapter in executed_notebooks.chapters(build_dir).items()}
    before = set(check.objects_of_notebooks(records))
    work = data.pop("work", {})
    writing.write(records, version, build=data["build"], work=work, results=data["results"], figures=data["figures"],
                  files={entry["id"]: {kind: (candidate / "figures" / f"{entry['id']}.{kind}").read_bytes()
                                       for kind in RELEASED} for entry in data["figures"]},
                  claims=json.loads((candidate / CLAIMS).read_text("utf-8"))["claims"],
                  more={kind: entries for kind, entries in data.items() if kind not in ("build", "results", "figures")})
    if manifest.versions(records)[0] == version:
        notebooks.keep(records, version, chapters)
        check.prune(records, before)
    _remember(records, data, version)
    _stand(records, candidate, data["build"], version)
    said = [f"released {version}: {len(data['results'])} results, {len(data['figures'])} figures, {len(chapters)} "
            f"pages in {there}"]
    unclean = [e["record"]["id"] for e in data["results"] if not e["record"]["build"]["clean"]]
    if unclean:
        said.append("warning: computed from a tree with uncommitted changes, so that no commit has their code: "
                    + ", ".join(unclean))
    return said


def _lean(chapter: dict[str, Any]) -> dict[str, Any]:
    """A chapter with what each kind of output keeps of itself."""
    keeping = {one.key: one.kept for module in kind_modules() if (one := module.KIND).key}
    for cell in chapter["cells"]:
        for output in cell.get("outputs", ()):
            for key in keeping.keys() & output.get("metadata", {}).keys():
                output["metadata"][key] = dict(keeping[key](output["metadata"][key]))
    return chapter


def _stand(records: Path, candidate: Path, build: dict[str, Any], version: str) -> None:
    """Record that this release judges by the criteria of its claims."""
    claims = json.loads((candidate / CLAIMS).read_text("utf-8"))["claims"]
    found = standing.read(records / standing.FILE)
    for judged, by in ((True, version), (False, None)):
        criteria = {one["id"]: one["criterion"]["sha256"] for one in claims if (one["verdict"] != NOT_RUN) is judged}
        found = standing.recorded(found, criteria, commit=build["commit"], date=build["date"], release=by)
    write_file(records / standing.FILE, standing.dumps(found).encode())


def _remember(records: Path, data: dict[str, Any], version: str) -> None:
    """Add the ids of a release to those ever published, each with the page that publishes it now."""
    known = published(records)
    for kind, entries in ((kind, entries) for kind, entries in data.items() if kind != "build"):
        before = known.setdefault(kind, {})
        for entry in entries:
            name = entry["record"]["id"] if "record" in entry else entry["id"]
            before[name] = {"page": entry["page"], "since": before.get(name, {}).get("since", version)}
    write_file(records / PUBLISHED, json_text.entries(known).encode())
