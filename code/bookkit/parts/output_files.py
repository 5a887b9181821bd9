"""Files of figures, kept beside the trees of the pages that publish them, under the hash of their content.

Cells do not run when their outputs are cached, so a figure's files come out of the outputs while a page is read, and
have to last until it is written: perhaps by a later build, for another format, after the HTML folder was deleted. They
live as long as the page's tree does.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sphinx.environment import BuildEnvironment

from bookkit.parts import site_file
from evidence.reading import read_bytes

FOLDER = "bookkit-figures"


def folder(env: BuildEnvironment) -> Path:
    """Where the files of this environment's figures are."""
    return Path(env.doctreedir, FOLDER)


def put(where: Path, content: bytes, kind: str) -> str:
    """Keep a file.

    Args:
        where: the folder.
        content: of the file.
        kind: its extension, without the dot.

    Returns:
        Its name in the folder.
    """
    name = f"{hashlib.sha256(content).hexdigest()}.{kind}"
    if not intact(where, name):
        # another process may be reading a page with the same figure: a file appears whole or not at all
        site_file.put(where / name, content)
    return name


def intact(where: Path, name: str) -> bool:
    """Whether a kept file is there, with the content that its name is the hash of."""
    try:
        return hashlib.sha256(read_bytes(where / name)).hexdigest() == name.partition(".")[0]
    except OSError:
        return False


def prune(where: Path, used: Iterable[str]) -> None:
    """Delete the files that no page publishes any more."""
    used = set(used)
    for path in where.glob("*"):
        if path.name not in used:
            path.unlink()
