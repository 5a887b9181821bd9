"""The Sphinx domain that remembers, for every page, what it publishes and what it cites."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment

from bookkit.parts.entries import (
    Citation,
    ClaimUse,
    Page,
    Publication,
    slug,
)
from bookkit.results import collect
from bookkit.results.kind import kinds
from evidence import records


def _version() -> int:
    """A number that changes with the code of this package and of records: what was kept is then read again."""
    packages = (Path(__file__).parents[1], Path(records.__file__).parent)
    sources = b"".join(path.read_bytes() for package in packages for path in sorted(package.rglob("*.py")))
    return zlib.crc32(sources)


Entry = TypeVar("Entry")
T = TypeVar("T")
WEB = ("html", "dirhtml")
"""The builders that write the generated pages, and so have something for numbers to link to."""


class ResultsDomain(Domain):
    """Results, figures and claims by page.

    Data are kept page by page, so that forgetting a page, or merging one that another process read, is one assignment.
    Everything that spans pages (who publishes an id, who cites it) is derived when first asked for, and again after a
    page has changed: see `once`.
    """

    name = "results"
    label = "Book"
    object_types = {name: ObjType(name) for name in ("result", "claim")}  # noqa: RUF012 (Sphinx reads it)
    initial_data: dict[str, Any] = {"pages": {}}  # noqa: RUF012
    data_version = _version()

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self._derived: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` derives from all pages; it is asked once, until a page changes.

        Args:
            key: the name of what is derived.
            make: derives it; nobody may change what it returns.
        """
        if key not in self._derived:
            self._derived[key] = make()
        return self._derived[key]

    def forget(self) -> None:
        """Derive everything anew when it is next asked for."""
        self._derived.clear()

    @property
    def pages(self) -> dict[str, Page]:
        """What each page contributes, by docname; pages that contribute nothing are absent or empty."""
        return self.data["pages"]

    def page(self, docname: str) -> Page:
        """The page that is being read, to add to until `process_doc`."""
        self.forget()
        return self.pages.setdefault(docname, Page())

    def every(self, kind: str) -> tuple[Entry, ...]:
        """All entries of one kind, in the order of pages; `kind` is the name of a field of `Page`."""
        return self.once(("every", kind), lambda: tuple(
            chain.from_iterable(getattr(self.pages[name], kind) for name in sorted(self.pages))))

    @property
    def results(self) -> dict[str, Publication]:
        """Published results by id; of two publishers of one id (which fails the build) the first."""
        return self.published("result")

    def outputs(self, kind: str) -> tuple[Any, ...]:
        """Everything of a kind that cells publish, in the order of pages."""
        return self.once(("outputs", kind), lambda: tuple(
            chain.from_iterable(self.pages[name].published.get(kind, ()) for name in sorted(self.pages))))

    def places(self, kind: str) -> tuple[Any, ...]:
        """Every place in the text that shows something of a kind, in the order of pages."""
        return self.once(("places", kind), lambda: tuple(
            chain.from_iterable(self.pages[name].placed.get(kind, ()) for name in sorted(self.pages))))

    def published(self, kind: str) -> dict[str, Any]:
        """What cells publish of a kind, by id; of two publishers of one id the first."""
        return self.once(("published", kind), lambda: _first((one.id, one) for one in self.outputs(kind)))

    def placed(self, kind: str) -> dict[str, Any]:
        """What the text shows of a kind, by id."""
        return self.once(("placed", kind), lambda: _first((one.id, one) for one in self.places(kind)))

    @property
    def kept(self) -> dict[str, set[str]]:
        """The names of the kept files, by the page that publishes them."""
        found: dict[str, set[str]] = {}
        for kind in kinds():
            for one in self.outputs(kind.name):
                found.setdefault(one.place.docname, set()).update(getattr(one, "files", {}).values())
        return found

    @property
    def boxes(self) -> dict[str, ClaimUse]:
        """Claim boxes by the claim's id."""
        return self.once("boxes", lambda: _first((c.id, c) for c in self.every("claims") if c.kind == "box"))

    def citations_of(self, rid: str) -> list[Citation]:
        """The sentences that use a result."""
        return self.once("citations", lambda: _grouped((c.id, c) for c in self.every("citations"))).get(rid, [])

    def clear_doc(self, docname: str) -> None:
        self.forget()
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        self.forget()
        for docname in docnames:
            if docname in otherdata["pages"]:
                self.pages[docname] = otherdata["pages"][docname]

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        collect.page(self.page(docname), env, docname, document)
        self.forget()

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for rid in self.results:
            yield rid, rid, "result", page_of(rid), "result", 1
        # of priority 1, so that a part of an id weighs less in the search than a word of a chapter's title
        searched = ((kind.name, self.placed(kind.name)) for kind in kinds() if kind.searched)
        for kind, found in (("claim", self.boxes), *searched):
            for one in found.values():
                yield one.id, one.id, kind, one.place.docname, one.place.anchor, 1


def page_of(rid: str) -> str:
    """The name of the page that a result has to itself."""
    return f"results/{rid}/index"


def claim_anchor(claim_id: str) -> str:
    """The anchor of a claim's box on its page."""
    return f"claim-{slug(claim_id)}"


def domain_of(env: BuildEnvironment) -> ResultsDomain:
    """The results domain of an environment."""
    return cast(ResultsDomain, env.get_domain(ResultsDomain.name))


def _first(pairs: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def setup(app: Sphinx) -> None:
    ResultsDomain.object_types |= {kind.name: ObjType(kind.name) for kind in kinds() if kind.searched}
    app.add_domain(ResultsDomain)
    # A build may find other releases than the one before it, on which what is derived depends too.
    app.connect("env-before-read-docs", lambda app, env, docnames: domain_of(env).forget())
