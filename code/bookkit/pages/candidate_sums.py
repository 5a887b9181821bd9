"""The hashes of what a build leaves for a release: a release never changes, so nothing damaged may enter it."""

import hashlib
import json
from pathlib import Path

from sphinx.application import Sphinx

from bookkit.execution import executed_notebooks
from bookkit.pages.exports import CANDIDATE
from bookkit.parts import kept_work
from bookkit.results.domain import WEB
from bookkit.results.releases import RESULTS
from evidence.files import write_file
from evidence.reading import read_bytes

NAME = "sums.json"
_AGAIN = "run `make book` again"


def check(build_dir: Path) -> None:
    """Make sure that what a build left for a release is as it left it.

    Args:
        build_dir: the folder that builds go into, `_build`.

    Raises:
        ValueError: a file is missing or has another content; the message names the first one.
    """
    known = kept_work.load(build_dir / CANDIDATE / NAME)
    for name, sha256 in {f"{CANDIDATE}/{RESULTS}": "", **known}.items():  # which no candidate is without
        if _hash(build_dir / name) != sha256:
            raise ValueError(f"expected {build_dir / name} as the last build left it, got "
                             f"{'another content' if (build_dir / name).is_file() else 'no file'}; {_AGAIN}")
    if missing := sorted(set(_files(build_dir)) - set(known)):
        raise ValueError(f"expected only what the last build left, got {build_dir / missing[0]}; {_AGAIN}")


def _files(build_dir: Path) -> list[str]:
    """What a release takes, by path from the folder of builds."""
    folder = build_dir / CANDIDATE
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / NAME]
    executed = [build_dir / executed_notebooks.FOLDER / executed_notebooks.LIST]
    executed += [executed_notebooks.page(build_dir, name) for name in executed_notebooks.finished(build_dir)]
    return [path.relative_to(build_dir).as_posix() for path in (*found, *executed)]


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except OSError:
        return ""


def _finish(app: Sphinx, exception: Exception | None) -> None:
    build_dir = Path(app.outdir).parent
    if exception is None and app.builder.name in WEB and (build_dir / CANDIDATE / RESULTS).exists():
        sums = {name: _hash(build_dir / name) for name in _files(build_dir)}
        write_file(build_dir / CANDIDATE / NAME, (json.dumps(sums, indent=1) + "\n").encode())


def setup(app: Sphinx) -> None:
    """Note them once everything of a candidate is there."""
    app.connect("build-finished", _finish, priority=980)
