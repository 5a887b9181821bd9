"""Sections and figures keep their numbers in a build that reads no page.

Sphinx numbers them in every build, from the trees of all pages. To load these takes a tenth of a build that has nothing
else to do, and gives the numbers that the environment has already.
"""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from bookkit.parts.during import During

_gone = During[set[str]](set)
"""The pages that the book has no more: Sphinx drops these before it reads any."""


def _note(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _gone(app).add(docname)


def _keep(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if not docnames and not _gone(app):
        for one in list(app.events.listeners["env-get-updated"]):
            if isinstance(getattr(one.handler, "__self__", None), TocTreeCollector):
                app.disconnect(one.id)


def setup(app: Sphinx) -> None:
    """Decide once it is known which pages are read."""
    app.connect("builder-inited", _gone.start)
    app.connect("env-purge-doc", _note)
    app.connect("env-before-read-docs", _keep, priority=999)
