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

from bookkit.metadata import citation_file, crate, jsonld, page_info, rootfiles, tags
from bookkit.results.catalogue import records_folder
from bookkit.results.releases import released_pages, releases

CITATION = "CITATION.cff"
# Pages that Sphinx makes for people who look for something: they say nothing that one would cite.
AIDS = ("search.html", "genindex.html", "py-modindex.html", "index.html")
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
    if url and not re.fullmatch(r"https?://\S+", url):
        raise ConfigError(f"expected BOOK_URL to be an address that begins with https://, got {url!r}")
    config.html_baseurl = url.rstrip("/") + "/" if url else ""


def work_of(app: Sphinx) -> citation_file.Work | None:
    """What the book says of itself; None for a book that says nothing."""
    return citation_file.read(Path(app.srcdir, CITATION)) if app.config.bookkit_work else None


def annotate(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any],
             doctree: nodes.document | None) -> None:
    """Add the tags of one page to its head."""
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
    titles = titles_of(site)
    icon = f"_static/{Path(app.config.html_favicon).name}" if app.config.html_favicon else ""
    rootfiles.copy_citation(Path(app.srcdir), site)
    rootfiles.write_entrance(site, f"{app.config.root_doc}.html", book.title, base, icon)
    released = [page for release in releases(records_folder(app.env)) for page in released_pages(release)]
    rootfiles.write_sitemap(site, [*titles, *released], base)
    versions = {name: platform.python_version() if name == "python" else importlib.metadata.version(name)
                for name in crate.TOOLS}
    crate.write(site, book, titles, book.released or citation_file.built_on(Path(app.srcdir)), base, versions)


def titles_of(site: Path) -> dict[str, str]:
    """The pages of a built site that say something, by file name from its root, with their own titles.

    Those of releases are left out: they never change, and who releases what has its own lists.

    They are read from the site and not from this build, which may have written only some of them.
    """
    found = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if name in AIDS or name.startswith(("_", "results/v/")):
            continue
        match = _TITLE.search(path.read_text("utf8"))
        found[name] = html.unescape(match[1]).partition(" — ")[0].strip() if match else name
    return found


def setup(app: Sphinx) -> None:
    app.add_config_value("bookkit_work", "", "html", types=[str])
    app.connect("config-inited", configure)
    app.connect("html-page-context", annotate)
    # After everything else that writes at the end of a build.
    app.connect("build-finished", finish, priority=900)
