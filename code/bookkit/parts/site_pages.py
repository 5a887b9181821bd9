"""The pages of a built site as files, and what stands at their beginning: a site has thousands, and few are new."""

import os
from collections.abc import Iterator
from pathlib import Path


def names(site: Path) -> Iterator[str]:
    """The pages by file name from the root of the site, sorted; those of the theme's own files are not pages."""
    found = []
    for above, folders, files in os.walk(site):
        inside = os.path.relpath(above, site).replace(os.sep, "/")
        if inside == ".":
            folders[:] = [name for name in folders if not name.startswith("_")]
        found += [name if inside == "." else f"{inside}/{name}" for name in files if name.endswith(".html")]
    return iter(sorted(name for name in found if not name.startswith("_")))


def beginning(path: Path, size: int) -> str:
    """The first bytes of a page as text."""
    with path.open("rb") as file:
        return file.read(size).decode("utf-8", "ignore")
