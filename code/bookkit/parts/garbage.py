"""The garbage collector rests while a book is built: it looks for cycles in millions of objects that are all in use.

That takes a third of a build that has nothing to do, and a tenth of one that writes everything. Trees of pages are full
of cycles; those that were read are dropped before pages are written, so that memory holds one book's trees, not two.
"""

import atexit
import gc

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

MANY = 10
"""Pages whose trees are worth looking for."""


def _rest(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if len(docnames) > MANY:
        app.connect("env-updated", _drop)


def _drop(app: Sphinx, env: BuildEnvironment) -> None:
    gc.collect()


def _resume(app: Sphinx, exception: Exception | None) -> None:
    gc.enable()


def setup(app: Sphinx) -> None:
    """Let it rest from here to the end of the build."""
    gc.disable()
    atexit.register(gc.freeze)  # nor is there a need to look once more when the process ends
    app.connect("env-before-read-docs", _rest)
    app.connect("build-finished", _resume, priority=1000)
