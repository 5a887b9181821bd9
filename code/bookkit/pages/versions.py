"""The version switcher: from each page of the theme to the results of every release that the site has.

The page of a result lists by itself what releases had of it, and the pages of releases, which never change, lead to it.
The switcher is a list of links under a heading that unfolds, so it needs no script and no other site. A book with fewer
than two releases has none.
"""

from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import WEB
from bookkit.results.releases import releases


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
        pagename: such as "book/ch06/lookup".

    Returns:
        None for a book with fewer than two releases.
    """
    found = catalogue(app.env)
    if len(found.releases) < 2:
        return None
    builder = app.builder

    def entry(name: str, what: str, target: str) -> Version:
        return Version(name=name, what=what, here=target == pagename,
                       href=builder.get_relative_uri(pagename, target) or "#")

    versions = [entry("This build", "", pagename)]
    versions += [entry(f"Version {release.version}", "its results", f"results/v/{release.version}/index")
                 for release in found.releases]
    versions += [entry("What changed", "", name) for name in _changes(found) if name != pagename]
    return Switcher(shows="This build", versions=versions)


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
