"""The version switcher: from each page to what every release that the site has says in its place.

It is a list of links under a heading that unfolds, so it needs no script and no other site. A book with fewer than two
releases has none.
"""

import re
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import WEB, page_of
from bookkit.results.releases import released_page, releases

_PAGE = re.compile(r"results/(?:v/(?P<version>[^/]+)/)?(?:(?P<id>[a-z0-9][a-z0-9.-]*)/)?index")


@dataclass(frozen=True, kw_only=True)
class Version:
    """One entry: its name, what it leads to, the address relative to the page, and whether it is this page's own."""

    name: str
    what: str
    href: str
    here: bool = False


@dataclass(frozen=True, kw_only=True)
class Switcher:
    """The name of the version that a page shows, and all that there are, this build first."""

    shows: str
    versions: list[Version]


def of(app: Sphinx, pagename: str) -> Switcher | None:
    """The switcher of a page.

    Args:
        app: of a build for the web, whose pages are all read.
        pagename: such as "book/ch06/lookup" or "results/v/0.1.0/flip.addressed/index".

    Returns:
        None for a book with fewer than two releases.
    """
    found = catalogue(app.env)
    if len(found.releases) < 2:
        return None
    match = _PAGE.fullmatch(pagename)
    version, rid = (match["version"], match["id"]) if match else (None, None)
    builder = app.builder

    def entry(name: str, what: str, target: str) -> Version:
        return Version(name=name, what=what, here=target == pagename,
                       href=builder.get_relative_uri(pagename, target) or "#")

    now = pagename if version is None else page_of(rid) if rid in found.records else "results/index"
    versions = [entry("This build", "" if now == pagename else _what(rid if rid in found.records else None), now)]
    for release in found.releases:
        has = rid if rid in release.results else None
        target = released_page(release, has) if has else f"results/v/{release.version}/index"
        versions.append(entry(f"Version {release.version}", _what(has), target))
    versions += [entry("What changed", "", name) for name in _changes(found) if name != pagename]
    return Switcher(shows=f"Version {version}" if version else "This build", versions=versions)


def _what(rid: str | None) -> str:
    return "this result" if rid else "its results"


def _changes(found: Catalogue) -> list[str]:
    return [name for name, page in sorted(found.domain.pages.items()) if page.changes][:1]


def _note(app: Sphinx, env: BuildEnvironment, *_: Any) -> list[str]:
    """Every page is written again when a release has come or gone."""
    names = [release.version for release in releases(records_folder(env))]
    before = getattr(env, "bookkit_versions", None)
    setattr(env, "bookkit_versions", names)  # noqa: B010 (kept with the environment, whose class does not know it)
    moved = before is not None and before != names and max(len(before), len(names)) > 1
    return sorted(env.found_docs) if moved else []


def _offer(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    context["bookkit_versions"] = of(app, pagename) if app.builder.name in WEB else None


def setup(app: Sphinx) -> None:
    """Offer the switcher to the templates of pages."""
    app.connect("env-updated", _note)
    app.connect("html-page-context", _offer)
