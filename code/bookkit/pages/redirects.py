"""Addresses that have moved: `bookkit_redirects` names old pages and where each went, "page" or "page#anchor".

A redirect keeps the anchor that a reader's link ends in, since the anchors of claims, results and figures come from
their ids. What a release showed on the old page and this build shows on a third one is found by its id.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util.osutil import relative_uri

from bookkit.kinds import figure
from bookkit.metadata import redirect_page
from bookkit.parts import site_file
from bookkit.parts.entries import Place, slug
from bookkit.results.catalogue import catalogue
from bookkit.results.domain import WEB, claim_anchor, domain_of
from bookkit.results.releases import CLAIMS, RESULTS
from evidence.files import remove, write_file
from evidence.reading import parse_json, read_bytes

_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")
_OURS = ("results/", "_", "claims/", "notebooks/")
SETTING = "bookkit_redirects"


def wrong(env: BuildEnvironment, given: dict[str, str]) -> Iterator[str]:
    """What is wrong with the declared redirects, one line each."""
    for old, new in given.items():
        if not isinstance(old, str) or not isinstance(new, str):
            yield f"expected names of pages, got {old!r}: {new!r}"
            continue
        page, _, anchor = new.partition("#")
        where = f"{old!r} leads to {new!r}"
        if not _NAME.fullmatch(old) or old.endswith((".html", ".md")) or old.startswith(_OURS):
            yield f"expected the name of a page that was, such as book/ch06/old, got {old!r}"
        elif old in env.found_docs:
            yield f"{where}, and the book has a page {old!r}: a page stays, or moves"
        elif page in given:
            yield f"{where}, which leads on to {given[page]!r}: name the page that has the content now"
        elif page not in env.found_docs:
            yield f"{where}, and the book has no such page"
        elif anchor and anchor not in _anchors(env, page):
            yield f"{where}, and that page has no such anchor"


def _anchors(env: BuildEnvironment, docname: str) -> set[str]:
    found = {name for node in env.get_doctree(docname).findall(nodes.Element) for name in node["ids"]}
    return found | set(env.metadata[docname].get("myst_slugs", {}))


def moved(env: BuildEnvironment, old: str) -> dict[str, Place]:
    """Where what releases showed on an old page is now, by the anchor that it had there."""
    domain, found = domain_of(env), {}
    ledger = next((name for name, page in sorted(domain.pages.items()) if page.ledger), None)
    placed, results = domain.placed(figure.NAME), domain.results
    for release in catalogue(env).releases:
        for cid in _on(release.folder / CLAIMS, "claims", old):
            anchor = claim_anchor(cid)
            if cid in domain.boxes:
                found[anchor] = domain.boxes[cid].place
            elif ledger:
                found[anchor] = Place(docname=ledger, line=None, anchor=f"row-{anchor}")
        for fid in _on(release.folder / RESULTS, "figures", old):
            if fid in placed:
                anchor = nodes.make_id(fid)
                found[anchor] = Place(docname=placed[fid].place.docname, line=None, anchor=anchor)
        for rid, released in release.results.items():
            if released.page == old and rid in results:
                found[f"at-{slug(rid)}"] = results[rid].place
    return found


def _on(path: Path, kind: str, page: str) -> list[str]:
    """The ids of a release's list that it had on a page."""
    try:
        rows = parse_json(read_bytes(path)).get(kind, [])
        return [row["id"] for row in rows if row["page"] == page]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # an older release, whose lists have another form


def _check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    if faults := list(wrong(env, getattr(app.config, SETTING))):
        raise ConfigError("\n".join([f"{SETTING} has {len(faults)} fault(s):", *faults]))
    return []


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in WEB:
        return
    builder = cast(StandaloneHTMLBuilder, app.builder)
    written = {}
    for old, new in getattr(app.config, SETTING).items():
        written[Path(builder.get_outfilename(old))] = _page(app, builder, old, new)
    pages = {Path(builder.get_outfilename(name)) for name in app.env.found_docs}
    for path in _before(app):
        if path not in written and path not in pages:
            remove(path)
    for path, text in written.items():
        site_file.put(path, text.encode())
    names = sorted(path.relative_to(app.outdir).as_posix() for path in written)
    write_file(_file(app), json.dumps(names).encode())


def _page(app: Sphinx, builder: StandaloneHTMLBuilder, old: str, new: str) -> str:
    page, _, anchor = new.partition("#")
    here = builder.get_target_uri(old)

    def link(docname: str, anchor: str) -> str:
        return relative_uri(here, builder.get_target_uri(docname)) + (f"#{anchor}" if anchor else "")

    others = {name: link(place.docname, place.anchor) for name, place in moved(app.env, old).items()
              if place.docname != page}
    icon = f"_static/{Path(app.config.html_favicon).name}" if app.config.html_favicon else ""
    target = link(page, anchor)
    base = app.config.html_baseurl
    canonical = f"{base.rstrip('/')}/{builder.get_target_uri(page)}" if base else relative_uri(
        here, builder.get_target_uri(page))
    return redirect_page.page(app.env.titles[page].astext(), target, canonical,
                              relative_uri(here, "_static/redirect.js"), relative_uri(here, icon) if icon else "",
                              others)


def _file(app: Sphinx) -> Path:
    return Path(app.doctreedir, f"bookkit-redirects-{app.builder.name}.json")


def _before(app: Sphinx) -> list[Path]:
    try:
        paths = [Path(app.outdir, name).resolve() for name in parse_json(read_bytes(_file(app)))]
        return [path for path in paths if path.is_relative_to(Path(app.outdir).resolve())]
    except (OSError, ValueError, TypeError):
        return []


def setup(app: Sphinx) -> None:
    """Check redirects when the pages are known, and write them when the site is."""
    app.add_config_value(SETTING, {}, "", dict)
    app.connect("env-updated", _check, priority=150)
    app.connect("build-finished", _finish, priority=850)
