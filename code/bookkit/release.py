"""Releasing: what the last build found becomes a folder of `records/`, and never changes again."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from bookkit.execution import released_notebooks
from bookkit.pages.exports import CANDIDATE
from bookkit.results.releases import CLAIMS, FIGURES, PUBLISHED, RESULTS, published
from evidence.records import Record


def release(root: Path, version: str) -> list[str]:
    """Freeze the last build of a book as a version.

    Args:
        root: of the project, with `_build` and `records` in it.
        version: such as "0.1.0".

    Returns:
        What to tell the person who releases: one line each, warnings among them.

    Raises:
        ValueError: not a version, a version that exists or that is not the book's, or no full build that succeeded.
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
    for entry in data["results"]:
        Record.from_json(entry["record"])
    pages = released_notebooks.freeze(root / "_build", records, version)
    _copy(candidate, target)
    _remember(records, data, version)
    said = [f"released {version}: {len(data['results'])} results, {len(data['figures'])} figures, {len(pages)} pages "
            f"in {target}"]
    unclean = [e["record"]["id"] for e in data["results"] if not e["record"]["build"]["clean"]]
    if unclean:
        said.append("warning: computed from a tree with uncommitted changes, so that no commit has their code: "
                    + ", ".join(unclean))
    return said


def _copy(candidate: Path, target: Path) -> None:
    """Copy all but the results first, and those last: a release exists once they are there."""
    if (candidate / FIGURES).exists():
        shutil.copytree(candidate / FIGURES, target / FIGURES, dirs_exist_ok=True)
    for name in (CLAIMS, RESULTS):
        _write(target / name, (candidate / name).read_text("utf-8"))


def _remember(records: Path, data: dict[str, Any], version: str) -> None:
    """Add the ids of a release to those ever published, each with the page that publishes it now."""
    known = published(records)
    for kind, entries in (("results", [(e["record"]["id"], e["page"]) for e in data["results"]]),
                          ("figures", [(e["id"], e["page"]) for e in data["figures"]])):
        for name, page in entries:
            known[kind][name] = {"page": page, "since": known[kind].get(name, {}).get("since", version)}
    _write(records / PUBLISHED, json.dumps(known, indent=1, sort_keys=True) + "\n")


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
