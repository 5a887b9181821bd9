"""Releasing: what the last build found becomes a folder of `records/`, and never changes again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bookkit.execution import released_notebooks
from bookkit.pages.exports import CANDIDATE
from bookkit.results.releases import CLAIMS, FILES, PUBLISHED, RESULTS, hashes, published
from evidence.claims import NOT_RUN, standing
from evidence.files import write_file
from evidence.records import Record


def release(root: Path, version: str, wrong: Callable[[list[Record]], dict[str, str]]) -> list[str]:
    """Freeze the last build of a book as a version.

    Args:
        root: of the project, with `_build` and `records` in it.
        version: such as "0.1.0".
        wrong: computes records again, and says by id what comes out otherwise.

    Returns:
        What to tell the person who releases: one line each, warnings among them.

    Raises:
        ValueError: not a version, a version that exists or that is not the book's, no full build that succeeded, or
            results that do not come out again.
    """
    candidate, records = root / "_build" / CANDIDATE, root / "records"
    target = records / version
    if (target / RESULTS).exists():
        raise ValueError(f"expected a new version, got {version!r}, which is released: {target} never changes")
    if not (candidate / RESULTS).exists():
        raise ValueError(f"expected a full build that succeeded, got none: there is no {candidate}; run `make book` "
                         "first, not FAST")
    data = json.loads((candidate / RESULTS).read_text("utf-8"))
    if data["build"]["version"] not in ("", version):
        raise ValueError(f"expected the version of CITATION.cff, {data['build']['version']!r}, got {version!r}; "
                         "change it there, build, and release that")
    if faults := wrong([Record.from_json(entry["record"]) for entry in data["results"]]):
        raise ValueError("\n".join([f"expected results that come out again, got {len(faults)} that do not:",
                                    *faults.values()]))
    pages = released_notebooks.freeze(root / "_build", records, version)
    _copy(candidate, target, data)
    _remember(records, data, version)
    _stand(records, candidate, data["build"], version)
    said = [f"released {version}: {len(data['results'])} results, {len(data['figures'])} figures, {len(pages)} pages "
            f"in {target}"]
    unclean = [e["record"]["id"] for e in data["results"] if not e["record"]["build"]["clean"]]
    if unclean:
        said.append("warning: computed from a tree with uncommitted changes, so that no commit has their code: "
                    + ", ".join(unclean))
    return said


def _copy(candidate: Path, target: Path, data: dict[str, Any]) -> None:
    """Copy all but the results first, and those last, with the hash of every other file: then a release exists."""
    for folder in (path for path in candidate.iterdir() if path.is_dir()):
        shutil.copytree(folder, target / folder.name, dirs_exist_ok=True)
    write_file(target / CLAIMS, (candidate / CLAIMS).read_bytes())
    sealed = {**data, FILES: hashes(target)}
    write_file(target / RESULTS, (json.dumps(sealed, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


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
    for kind, entries in ((kind, entries) for kind, entries in data.items() if kind not in ("build", FILES)):
        before = known.setdefault(kind, {})
        for entry in entries:
            name = entry["record"]["id"] if "record" in entry else entry["id"]
            before[name] = {"page": entry["page"], "since": before.get(name, {}).get("since", version)}
    write_file(records / PUBLISHED, (json.dumps(known, indent=1, sort_keys=True) + "\n").encode())
