"""Metadata: what every page, and the site as a whole, says about itself to other programs.

It needs CITATION.cff beside the book's configuration; a book without one (a test's) says nothing about itself.
BOOK_URL gives the address that the site will have. Without it there are no canonical links and no sitemap, since an
address that is not the site's own would be worse than none.
"""

import dataclasses
import html
import importlib.metadata
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from bookkit.metadata import citation_file, crate, jsonld, page_info, redirect_page, rootfiles, tags
from bookkit.parts import addresses, kept_work, site_pages
from bookkit.results.catalogue import catalogue
from bookkit.results.domain import ResultsDomain
from bookkit.results.releases import released_pages

CITATION = "CITATION.cff"
# Pages that Sphinx makes for people who look for something: they say nothing that one would cite.
AIDS = ("search.html", "genindex.html", "py-modindex.html", "index.html")
HEAD = 16_384  # bytes of a page in which its title is, mostly
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def configure(app: Sphinx, config: Config) -> None:
    """Take the book's description from CITATION.cff and its address from BOOK_URL."""
    path = Path(app.srcdir, CITATION)
    if path.exists():
        try:
            described = citation_file.read(path)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        # As text it is a configuration value that Sphinx can compare: when it changes, every page is written again.
        config.bookkit_work = json.dumps(dataclasses.asdict(described), default=str, sort_keys=True)
    url = os.environ.get("BOOK_URL", "") or config.html_baseurl
    try:
        config.html_baseurl = addresses.site(url) if url else ""
    except ValueError as error:
        raise ConfigError(f"expected BOOK_URL to be {error}") from None


def work_of(app: Sphinx) -> citation_file.Work | None:
    """What the book says of itself; None for a book that says nothing."""
    return citation_file.read(Path(app.srcdir, CITATION)) if app.config.bookkit_work else None


def annotate(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any],
             doctree: nodes.document | None) -> None:
    """Add the tags of one page to its head, and its one address, which Sphinx would write unescaped."""
    if app.config.html_baseurl:
        context["pageurl"] = addresses.address(app.config.html_baseurl, f"{pagename}.html")
    if not app.config.bookkit_work:
        return
    book = citation_file.read(Path(app.srcdir, CITATION))
    context["book_short_title"] = book.short_title
    if f"{pagename}.html" in AIDS:
        return
    page = page_info.of(app, pagename, context, doctree)
    context["metatags"] = "\n".join([
        context.get("metatags", ""), tags.preview(book, page), tags.highwire(book, page),
        jsonld.script(jsonld.describe(book, page, app.config.html_baseurl))])


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the files at the root of the site, once everything that they list is there."""
    if exception or app.builder.name != "html" or not app.config.bookkit_work:
        return
    site, base = Path(app.outdir), app.config.html_baseurl
    book = citation_file.read(Path(app.srcdir, CITATION))
    icon = f"_static/{Path(app.config.html_favicon).name}" if app.config.html_favicon else ""
    rootfiles.copy_citation(Path(app.srcdir), site)
    rootfiles.write_entrance(site, f"{app.config.root_doc}.html", book.title, base, icon)
    released = [page for release in catalogue(app.env).releases for page in released_pages(release)]
    rootfiles.write_sitemap(site, [*pages_of(site), *released], base)


def describe(app: Sphinx, exception: Exception | None) -> None:
    """Write the crate, whose sizes are those of pages that nothing changes any more."""
    if exception or app.builder.name != "html" or not app.config.bookkit_work:
        return
    site, base = Path(app.outdir), app.config.html_baseurl
    book, titles = citation_file.read(Path(app.srcdir, CITATION)), titles_of(site)
    versions = {name: platform.python_version() if name == "python" else importlib.metadata.version(name)
                for name in crate.TOOLS}
    published = book.released or citation_file.built_on(Path(app.srcdir))
    sizes = [(name, (site / name).stat().st_size) for name in crate.described(site, titles)]
    records = catalogue(app.env).records.values()
    depends = [ResultsDomain.data_version, app.config.bookkit_work, titles, published, base, versions, sizes,
               [record.sha256 for record in records]]
    kept_work.unless_same(app, "crate", depends, [site / crate.NAME],
                          lambda: crate.write(site, book, titles, published, base, versions, records))


def pages_of(site: Path) -> list[str]:
    """The pages of a built site that say something, by file name from its root."""
    return [name for name in site_pages.names(site)
            if name not in AIDS and redirect_page.MARK not in site_pages.beginning(site / name, 1000)]


def titles_of(site: Path) -> dict[str, str]:
    """The pages of a built site that say something, by file name from its root, with their own titles.

    Those of releases are left out: they never change, and who releases what has its own lists.

    They are read from the site and not from this build, which may have written only some of them.
    """
    found = {}
    for name in pages_of(site):
        path = site / name
        match = _TITLE.search(site_pages.beginning(path, HEAD)) or _TITLE.search(path.read_text("utf8"))
        found[name] = html.unescape(match[1]).partition(" — ")[0].strip() if match else name
    return found


def setup(app: Sphinx) -> None:
    app.add_config_value("bookkit_work", "", "html", types=[str])
    app.connect("config-inited", configure)
    app.connect("html-page-context", annotate)
    # After everything else that writes at the end of a build; the crate after the policies of pages, too (`csp`).
    app.connect("build-finished", finish, priority=900)
    app.connect("build-finished", describe, priority=960)
