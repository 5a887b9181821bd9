"""Generated pages: one for each result of this build and of each release, and an index to sort and filter.

    /results/                           every result of this build
    /results/<id>/                      one result of this build
    /results/v/<version>/               every result of a release
    /results/v/<version>/<id>/          one result of a release; never changes

They are pages of the theme like all others, and known to the site's search. A page is written when what it says has
changed, or when all documents are written.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, cast

import jinja2
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from bookkit.pages import refresh, search, site_state
from bookkit.pages.index import of_build, of_release
from bookkit.pages.result_page import Sheet, Sheets
from bookkit.parts.fold import SHOWN
from bookkit.parts.identifiers import breakable
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, page_of
from bookkit.results.releases import released_page
from evidence.records.text import ranges_text

TEMPLATES = jinja2.Environment(loader=jinja2.PackageLoader("bookkit", "templates"), autoescape=True, trim_blocks=True,
                               keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
TEMPLATES.filters |= {"breakable": breakable, "seeds": ranges_text}
TEMPLATES.globals["shown"] = SHOWN


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A generated page: name, title, content, and the words that search should find (none: not this page)."""

    name: str
    title: str
    body: str
    words: str = ""


class Generator:
    """Makes the generated pages of one build."""

    def __init__(self, app: Sphinx, found: Catalogue):
        self.found = found
        self.builder = cast(StandaloneHTMLBuilder, app.builder)
        self.sheets = Sheets(app, found, verdicts.judged(app.env, found))

    def pages(self) -> Iterator[Generated]:
        """Every page, this build's first."""
        yield Generated(name="results/index", title="Results", body=self._body(of_build(self.builder, self.found)),
                        words="every result of the book")
        for rid in self.found.records:
            sheet = self.sheets.of(rid)
            yield Generated(name=page_of(rid), title=sheet.record.title, words=_words(sheet),
                            body=TEMPLATES.get_template("bookkit-result.html").render(sheet=sheet))
        for release in self.found.releases:
            version = release.version
            yield Generated(name=f"results/v/{version}/index", title=f"Results of version {version}",
                            body=self._body(of_release(self.builder, release)))
            for rid in sorted(release.results):
                sheet = self.sheets.released(release, rid)
                body = TEMPLATES.get_template("bookkit-released.html").render(sheet=sheet, version=version)
                yield Generated(name=released_page(release, rid), body=body,
                                title=f"{sheet.record.title} (version {version})")

    def context(self, page: Generated) -> dict[str, Any]:
        """What the theme needs to know of a page."""
        index = self.builder.get_relative_uri(page.name, "results/index")
        parents = [{"link": index, "title": "Results"}] if page.name != "results/index" else []
        return {"title": escape(page.title), "body": page.body, "parents": parents, "metatags": "", "toc": "",
                "display_toc": False, "meta": {}}

    def _body(self, section: nodes.section) -> str:
        return self.builder.render_partial(section)["fragment"]


def _words(sheet: Sheet) -> str:
    record = sheet.record
    return " ".join([record.id, sheet.value, sheet.ci, sheet.n, record.unit, record.method])


def _collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.name not in WEB:
        return
    builder = cast(StandaloneHTMLBuilder, app.builder)
    before, every = refresh.kept(app)["pages"], refresh.all_written(app)
    generator, names = Generator(app, catalogue(app.env)), set()
    for page in generator.pages():
        names.add(page.name)
        if page.words:
            search.note(app, page.name, page.title, page.words)
        now = refresh.note_page(app, page.name, [page.title, page.body])
        path = Path(builder.get_outfilename(page.name))
        if every or before.get(page.name) != now or not path.exists() or site_state.damaged(app, path):
            yield page.name, generator.context(page), "page.html"
    _forget(Path(app.outdir), names, builder)


def _forget(site: Path, names: set[str], builder: StandaloneHTMLBuilder) -> None:
    """Delete the pages and files of results that are published no more."""
    kept: set[str] = set()
    for name in names:
        folder = os.path.dirname(builder.get_outfilename(name))
        while folder not in kept:  # those above one that is kept are kept
            kept.add(folder)
            folder = os.path.dirname(folder)
    for above, folders, _ in os.walk(site / "results"):
        for gone in [name for name in folders if os.path.join(above, name) not in kept]:
            shutil.rmtree(os.path.join(above, gone))
            folders.remove(gone)


def setup(app: Sphinx) -> None:
    """Register the generated pages."""
    app.connect("html-collect-pages", _collect)
