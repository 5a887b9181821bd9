"""Pages that were edited, told by content: a date that is older or equal hides nothing.

Sphinx reads a page again when its file, or one that it includes, is newer than its tree. A file that `rsync -t` or
`tar x` put there, or that was written after a clock was set back, is not. So the hash of all of them is kept too.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from evidence.reading import read_bytes


def _kept(env: BuildEnvironment) -> dict[str, str]:
    return vars(env).setdefault("bookkit_contents", {})


def _content(env: BuildEnvironment, docname: str) -> str:
    """The hash of a page and of the files that it includes."""
    total = hashlib.sha256()
    for path in (env.doc2path(docname), *sorted(env.dependencies[docname])):
        try:
            found = hashlib.sha256(read_bytes(Path(env.srcdir, path))).hexdigest()
        except OSError:
            found = "none"
        total.update(f"{path} {found}\n".encode())
    return total.hexdigest()


def _read(app: Sphinx, doctree: nodes.document) -> None:
    _kept(app.env)[app.env.docname] = _content(app.env, app.env.docname)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    return [name for name in env.found_docs - added - changed if _content(env, name) != _kept(env).get(name)]


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _kept(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    _kept(env).update({name: sha256 for name, sha256 in _kept(other).items() if name in docnames})


def setup(app: Sphinx) -> None:
    """Note what a page was read from, and compare."""
    app.connect("doctree-read", _read)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
