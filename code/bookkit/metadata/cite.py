"""How readers cite a result: four forms of one citation, for the record of a build or of a release."""

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
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
FILES = {"bibtex": "record.bib", "csl": "record.csl.json", "ris": "record.ris"}
"""For reference managers."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a citation.

    Args:
        key: short, for ids.
        name: of the form.
        text: with the day of the build as the day of access, for files and for pages whose script does not run.
        day: of the text.
        template: with SOMEDAY as the day of access.
    """

    key: str
    name: str
    text: str
    day: datetime.date
    template: str

    @property
    def html(self) -> str:
        """The text as HTML in which the day of access is marked, so that a script can write the reader's own."""
        return escape(self.template, quote=False).replace(SOMEDAY.isoformat(), f"<span data-day>{self.day}</span>")

    @property
    def file(self) -> str:
        """The name of its file beside the page; empty for one that has none."""
        return FILES.get(self.key, "")


class Citer:
    """Writes the citations of one build."""

    def __init__(self, app: Sphinx):
        self.base = app.config.html_baseurl
        self.day = citation_file.built_on(Path(app.srcdir))
        # a book that does not say what it is cannot be cited
        described = bool(app.config.bookkit_work)
        self.book = citation_file.read(Path(app.srcdir, "CITATION.cff")).book(self.day) if described else None

    def forms(self, record: Record, release: Release | None, *, fixed: bool = False) -> list[Form]:
        """The citation of a record in all forms.

        Args:
            record: to cite.
            release: that published just this record, whose address for it never changes; None for one of this build.
            fixed: whether the day of access, where no script writes the reader's, is that of the release: the text
                then never changes.

        Returns:
            Nothing for a book without CITATION.cff; that of a release is the one that it had.
        """
        book, day = self.book, self.day
        if release:
            published = datetime.date.fromisoformat(release.build["date"])
            day = published if fixed else day
            if release.work:
                book = citation_file.restored(release.work, published).book(published)
            book = dataclasses.replace(book, version=release.version, date=published) if book else None
        if book is None:
            return []
        url = f"{self.base}{address(record.id, release)}" if self.base else None
        return [Form(key=key, name=name, text=write(record, book, url, day), day=day,
                     template=write(record, book, url, SOMEDAY)) for key, name, write in FORMS]


def address(rid: str, release: Release | None) -> str:
    """Where the page of a result is, from the root of the site: this build's, or a release's for ever."""
    return f"results/v/{release.version}/{rid}/" if release else f"results/{rid}/"

