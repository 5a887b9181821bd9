"""How readers cite a result: four forms of one citation, for the record of a build or of a release."""

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from bookkit.metadata import citation_file
from bookkit.results.releases import Release
from evidence.records import Record
from evidence.records.citation import Book, bibtex, csl_json, plain, ris

# A day that stands for the reader's own in a text, until a script in the page writes today's.
SOMEDAY = datetime.date(9999, 12, 31)
FORMS: tuple[tuple[str, str, Callable[[Record, Book, str, datetime.date], str]], ...] = (
    ("bibtex", "BibTeX", bibtex), ("csl", "CSL-JSON", csl_json), ("ris", "RIS", ris), ("plain", "plain text", plain))


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a citation.

    Args:
        key: short, for ids.
        name: of the form.
        text: with the day of the build as the day of access, for files and for pages whose script does not run.
        template: with SOMEDAY as the day of access.
    """

    key: str
    name: str
    text: str
    template: str


class Citer:
    """Writes the citations of one build."""

    def __init__(self, app: Sphinx):
        self.base = app.config.html_baseurl
        self.day = citation_file.built_on(Path(app.srcdir))
        # a book that does not say what it is cannot be cited
        described = bool(app.config.bookkit_work)
        self.book = citation_file.read(Path(app.srcdir, "CITATION.cff")).book(self.day) if described else None

    def forms(self, record: Record, release: Release | None) -> list[Form]:
        """The citation of a record in all forms.

        Args:
            record: to cite.
            release: that published just this record, whose address for it never changes; None for one of this build.

        Returns:
            Nothing for a book without CITATION.cff.
        """
        if self.book is None:
            return []
        book, url = self._cited(record, release)
        return [Form(key=key, name=name, text=write(record, book, url, self.day),
                     template=write(record, book, url, SOMEDAY)) for key, name, write in FORMS]

    def bibtex(self, record: Record, release: Release | None) -> str:
        """The citation of a record as a file of BibTeX; empty for a book without CITATION.cff."""
        return bibtex(record, *self._cited(record, release), self.day) if self.book else ""

    def _cited(self, record: Record, release: Release | None) -> tuple[Book, str | None]:
        """The book as a citation names it, and the address of the record."""
        book = self.book
        assert book is not None
        if release:
            published = datetime.date.fromisoformat(release.build["date"])
            book = dataclasses.replace(book, version=release.version, date=published)
        return book, f"{self.base}{address(record.id, release)}" if self.base else None


def address(rid: str, release: Release | None) -> str:
    """Where the page of a result is, from the root of the site: this build's, or a release's for ever."""
    return f"results/v/{release.version}/{rid}/" if release else f"results/{rid}/"

