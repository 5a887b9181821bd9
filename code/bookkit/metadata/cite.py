"""How readers cite a result: four forms of one citation, for the record of a build or of a release."""

import dataclasses
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from sphinx.application import Sphinx

from bookkit.metadata import citation_file
from bookkit.parts import addresses
from bookkit.results.catalogue import catalogue
from bookkit.results.releases import Release
from evidence.records import Record
from evidence.records.citation import Book, bibtex, csl_json, plain, ris

# A day that stands for the reader's own in a text, until a script in the page writes today's.
SOMEDAY = datetime.date(9999, 12, 31)
FORMS: tuple[tuple[str, str, Callable[[Record, Book, str | None, datetime.date | None], str]], ...] = (
    ("bibtex", "BibTeX", bibtex), ("csl", "CSL-JSON", csl_json), ("ris", "RIS", ris), ("plain", "plain text", plain))
_ACCESS = re.compile(r", accessed 9999-12-31|  urldate = \{9999-12-31\},?\n")
FILES = {"bibtex": "record.bib", "csl": "../citations.csl.json.gz", "ris": "../citations.ris.gz"}
"""For reference managers, from the folder of a result: the entry for BibTeX beside its page, and the others with those
of all results, of which a script in the page takes the one."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a citation.

    Args:
        key: short, for ids.
        name: of the form.
        text: without a day of access, for files and for pages whose script does not run.
        template: with SOMEDAY as the day of access.
    """

    key: str
    name: str
    text: str
    template: str

    @property
    def html(self) -> str:
        """The text as HTML, with the day of access in it, hidden until a script has written the reader's own."""
        html = escape(self.template, quote=False)
        return _ACCESS.sub(lambda found: f"<span data-day hidden>{found[0]}</span>", html)

    @property
    def file(self) -> str:
        """Its file, from the folder of the page; empty for one that has none."""
        return FILES.get(self.key, "")


class Citer:
    """Writes the citations of one build."""

    def __init__(self, app: Sphinx):
        self.day = citation_file.built_on(Path(app.srcdir))
        # a book that does not say what it is cannot be cited
        described = bool(app.config.bookkit_work)
        self.work = citation_file.read(Path(app.srcdir, "CITATION.cff")) if described else None
        self.home = (self.work.home if self.work else "") or app.config.html_baseurl
        self.known = {release.version for release in catalogue(app.env).releases}

    def forms(self, record: Record, release: Release | None) -> list[Form]:
        """The citation of a record in all forms.

        Args:
            record: to cite.
            release: that published just this record, whose address for it never changes; None for one of this build.

        Returns:
            Nothing for a book without CITATION.cff; that of a release is the one that it had.
        """
        if release and release.work:
            work = citation_file.restored(release.work, datetime.date.fromisoformat(release.build["date"]))
        else:
            work = self.work
        if work is None:
            return []
        book, url = self._cited(work, record, release)
        return [Form(key=key, name=name, text=write(record, book, url, None),
                     template=write(record, book, url, SOMEDAY)) for key, name, write in FORMS]

    def edition(self, work: citation_file.Work, release: Release | None) -> Book:
        """The book as a citation of a result names it: a release, or a build that is none, which says so."""
        if release:
            published = datetime.date.fromisoformat(release.build["date"])
            return dataclasses.replace(work.book(published), version=release.version, date=published)
        kind = "rebuilt from its source" if work.version in self.known else "not released, built from its source"
        return dataclasses.replace(work.book(self.day), date=self.day, edition=f"{kind} of {self.day.isoformat()}",
                                   unaddressed="a build that is not a release keeps none")

    def _cited(self, work: citation_file.Work, record: Record, release: Release | None) -> tuple[Book, str | None]:
        """The book as a citation names it, and the address of the record."""
        # only what a release published has an address that says the same for ever
        url = addresses.address(self.home, address(record.id, release)) if self.home and release else None
        return self.edition(work, release), url


def address(rid: str, release: Release | None) -> str:
    """Where the page of a result is, from the root of the site: this build's, or a release's for ever."""
    return f"results/v/{release.version}/{rid}/" if release else f"results/{rid}/"

