"""Pages that the table of contents does not name are left out, as Jupyter Book's `only_build_toc_files` says.

sphinx_external_toc looks for them in every folder, those of the built site among them, which are thousands and hold no
page. Here they are looked for where pages are read from.
"""

from pathlib import PurePosixPath
from weakref import WeakSet

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.matching import get_matching_files, patmatch

_strict: WeakSet[Sphinx] = WeakSet()
"""Builds whose configuration leaves other pages out."""


def _take_over(app: Sphinx, config: Config) -> None:
    if getattr(config, "external_toc_exclude_missing", False):  # not every book has that extension
        config.external_toc_exclude_missing = False
        _strict.add(app)


def _leave_out(app: Sphinx, config: Config) -> None:
    if app not in _strict:
        return
    pages = config.external_site_map
    named = {name for page in pages for name in (page, str(PurePosixPath(page).with_suffix("")))}
    others = []
    for path in map(PurePosixPath, get_matching_files(app.srcdir, config.include_patterns, config.exclude_patterns)):
        name = str(path.with_suffix(""))
        if path.suffix in config.source_suffix and name not in named and not any(
                patmatch(name, pattern) for pattern in pages.globs()):
            others.append(str(path))
    config.exclude_patterns = [*config.exclude_patterns, *sorted(others)]


def setup(app: Sphinx) -> None:
    """Before sphinx_external_toc, which reads the table of contents at 900, and behind it."""
    app.connect("config-inited", _take_over, priority=890)
    app.connect("config-inited", _leave_out, priority=910)
