"""Pages that the table of contents does not name are left out, as Jupyter Book's `only_build_toc_files` says.

sphinx_external_toc looks for them in every folder, those of the built site among them, which are thousands and hold no
page. Here they are looked for where pages are read from.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from weakref import WeakSet

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.matching import get_matching_files, patmatch

_listed_only: WeakSet[Sphinx] = WeakSet()
"""Builds whose configuration leaves other pages out."""


def pages(folder: str | Path, config: Config, passed: Sequence[str]) -> dict[str, str]:
    """The files that are written as pages, by name without the suffix.

    Args:
        folder: that pages are read from.
        config: says in which of its folders they are, and what their suffixes are.
        passed: patterns of what to pass over.
    """
    paths = map(PurePosixPath, get_matching_files(folder, config.include_patterns, passed))
    return {str(path.with_suffix("")): str(path) for path in paths if path.suffix in config.source_suffix}


def _take_over(app: Sphinx, config: Config) -> None:
    if getattr(config, "external_toc_exclude_missing", False):  # not every book has that extension
        config.external_toc_exclude_missing = False
        _listed_only.add(app)


def _leave_out(app: Sphinx, config: Config) -> None:
    if app not in _listed_only:
        return
    listed, patterns = config.external_site_map, config.external_site_map.globs()
    others = [path for name, path in pages(app.srcdir, config, config.exclude_patterns).items()
              if name not in listed and path not in listed
              and not any(patmatch(name, pattern) for pattern in patterns)]
    config.exclude_patterns = [*config.exclude_patterns, *sorted(others)]


def setup(app: Sphinx) -> None:
    """Before sphinx_external_toc, which reads the table of contents at 900, and behind it."""
    app.connect("config-inited", _take_over, priority=890)
    app.connect("config-inited", _leave_out, priority=910)
