"""Generated pages: one for each result of this build and of each release, and an index to sort and filter.

    /results/                           every result of this build
    /results/<id>/                      one result of this build
    /results/v/<version>/               the results that a release was the first to publish as they are
    /results/v/<version>/<id>/          one result of a release; never changes

The index of this build is a page of the theme; the others are light (`light`), and those of releases are written once
(`released`). The pages of this build are known to the site's search. One is written when what it says has changed, or
when all documents are written.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from bookkit.execution import released_notebooks
from bookkit.kinds import recipe
from bookkit.metadata import metadata
from bookkit.pages import light, refresh, released, search, site_state
from bookkit.pages.index import of_build
from bookkit.pages.result_page import Sheets
from bookkit.parts import site_file
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, ResultsDomain, page_of
from evidence.records import Record, ci_text, n_text, value_text

INDEX, TITLE, ABOUT = "results/index", "Results", "every result of the book"
"""The page that lists all results: its name, its title, and the words that find it."""


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A generated page: name, title, content, the record that it is about, and the scripts that it loads as modules."""

    name: str
    title: str
    body: str
    record: Record | None = None
    modules: tuple[str, ...] = ()


class Generator:
    """Makes the generated pages of one build."""

    def __init__(self, app: Sphinx, found: Catalogue):
        self.app, self.found = app, found
        self.work = metadata.work_of(app)
        self.builder: Any = app.builder  # of web pages
        self.sheets = Sheets(app, found, verdicts.judged(app.env, found))

    def pages(self) -> Iterator[Generated]:
        """Every page, this build's first."""
        yield Generated(name=INDEX, title=TITLE, body=self._body(of_build(self.builder, self.found)))
        for rid in self.found.records:
            sheet = self.sheets.of(rid)
            yield Generated(name=page_of(rid), title=sheet.record.title, record=sheet.record,
                            modules=(recipe.SCRIPT,) if sheet.recipe else (),
                            body=light.TEMPLATES.get_template("bookkit-result.html").render(sheet=sheet))

    def write(self, page: Generated, path: Path) -> None:
        """Write the light page of a result."""
        site_file.put(path, light.page(self.app, page.name, page.title, page.body, self.work, page.record,
                                       released_notebooks.banner(self.app), self._version(page.record),
                                       page.modules).encode())

    def _version(self, record: Record | None) -> str:
        """The version of a record, as its citation names it."""
        if record is None or self.work is None:
            return ""
        return self.sheets.citer.edition(self.work, self.found.released_as_is(record)).version_text

    def context(self, page: Generated) -> dict[str, Any]:
        """What the theme needs to know of a page."""
        index = self.builder.get_relative_uri(page.name, INDEX)
        parents = [{"link": index, "title": TITLE}] if page.name != INDEX else []
        return {"title": escape(page.title), "body": page.body, "parents": parents, "metatags": "", "toc": "",
                "display_toc": False, "meta": {}}

    def _body(self, section: nodes.section) -> str:
        return self.builder.render_partial(section)["fragment"]


def _words(record: Record) -> str:
    n = n_text(record) if record.n is not None else ""
    return " ".join([record.id, value_text(record), ci_text(record), n, record.unit, record.method])


def _collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.name not in WEB:
        return
    found = catalogue(app.env)
    names = {INDEX: None, **{page_of(rid): record for rid, record in found.records.items()}}
    for name, record in names.items():
        search.note(app, name, record.title if record else TITLE, _words(record) if record else ABOUT)
    before = refresh.kept(app)["pages"]
    if not _kept(app, before, names):
        yield from _written(app, before, found)
    _forget(Path(app.outdir), set(names))


def _kept(app: Sphinx, before: dict[str, str], names: Iterable[str]) -> bool:
    """Whether all generated pages are there, made of just what they would be made of now; their digests then stay."""
    templates = [path.read_text("utf-8") for path in sorted(light.FOLDER.glob("*.html"))]
    now = refresh.note_page(app, refresh.SITE, [refresh.digests(app.env)[refresh.SITE], _around(app), templates,
                                                ResultsDomain.data_version])
    if refresh.all_written(app) or before.get(refresh.SITE) != now or not all(map(before.get, names)):
        return False
    if not all(_whole(app, name) for name in names):
        return False
    for name in names:
        refresh.keep_page(app, name, before[name])
    return True


def _written(app: Sphinx, before: dict[str, str], found: Catalogue) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the pages of results that say something else than they did; what the theme is to write of them."""
    generator, around, every = Generator(app, found), _around(app), refresh.all_written(app)
    for page in generator.pages():
        now = refresh.note_page(app, page.name, [page.title, page.body, around])
        if every or before.get(page.name) != now or not _whole(app, page.name):
            if page.record:
                generator.write(page, _file(app, page.name))
            else:
                yield page.name, generator.context(page), "page.html"


def _around(app: Sphinx) -> list[Any]:
    """What stands around the content of light pages."""
    return [light.described(app), released_notebooks.banner(app)]


def _file(app: Sphinx, name: str) -> Path:
    builder: Any = app.builder
    return Path(builder.get_outfilename(name))


def _whole(app: Sphinx, name: str) -> bool:
    """Whether the site has a page as the last build left it."""
    path = _file(app, name)
    return path.exists() and not site_state.damaged(app, path)


def _forget(site: Path, names: set[str]) -> None:
    """Delete the pages and files of results that are published no more; those of releases are `released`'s affair."""
    kept = {released.FOLDER, *(name.split("/")[1] for name in names)}
    for folder in (site / "results").glob("*/"):
        if folder.name not in kept:
            shutil.rmtree(folder)


def setup(app: Sphinx) -> None:
    """Register the generated pages."""
    app.connect("html-collect-pages", _collect)
