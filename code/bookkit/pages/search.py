"""The site's search, taught about generated pages, and to list them behind the chapters.

Sphinx writes its index of words for documents alone, and drops all other pages just before. So generated pages are
added to the index it wrote, at the end of the build.
"""

import functools
import io
from html import escape, unescape
from pathlib import Path
from typing import cast

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config

from bookkit.parts.during import During
from evidence.files import write_file

SCRIPT = Path(__file__).parents[1] / "search.js"
_words = During[dict[str, tuple[str, str]]](dict)
"""Title and words of each generated page, by its name."""


def note(app: Sphinx, name: str, title: str, words: str) -> None:
    """Remember what search should find of a generated page, until the end of the build."""
    _words(app)[name] = (title, words)


def _order(app: Sphinx, config: Config) -> None:
    config.html_search_scorer = str(SCRIPT)


def _remember_stems(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Find the stem of each word once; Sphinx finds it once a page."""
    indexer = getattr(app.builder, "indexer", None)
    if indexer is not None and not hasattr(indexer.lang.stem, "cache_info"):
        indexer.lang.stem = functools.cache(indexer.lang.stem)


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or not _words(app):
        return
    builder = cast(StandaloneHTMLBuilder, app.builder)
    if builder.indexer is None:
        return
    settings = get_default_settings()  # made once: it takes longer than all that a page has for the index
    for name, (title, words) in _words(app).items():
        document = new_document(name, settings)
        document += nodes.section("", nodes.title(title, title), nodes.paragraph(words, words), ids=["result"])
        builder.indexer.feed(name, f"{name}.html", escape(title), document)
    # The search puts titles on its page as HTML. Those of pages are that already, those of headings are text, or from
    # the index of the last build.
    builder.indexer._all_titles = {name: [(escape(unescape(title)), anchor) for title, anchor in titles]
                                   for name, titles in builder.indexer._all_titles.items()}
    for words in ("_mapping", "_title_mapping"):
        # Sorted, and without those that no page has any more: an index depends on the book, not on its earlier builds.
        found = sorted(getattr(builder.indexer, words).items())
        setattr(builder.indexer, words, {word: names for word, names in found if names})
    path = Path(app.outdir, builder.searchindex_filename)
    index = io.StringIO()
    builder.indexer.dump(index, builder.indexer_format)
    write_file(path, index.getvalue().encode())


def setup(app: Sphinx) -> None:
    """Say what is listed and in which order, and add to the index when it is written."""
    app.connect("config-inited", _order)
    app.connect("builder-inited", _words.start)
    app.connect("doctree-resolved", _remember_stems)
    app.connect("build-finished", _finish)
