"""Citations of one result, in the forms that reference managers and papers take.

Each names the book, the result, its value, version, commit, the date of access and the record's hash, so that a reader
of the citing paper can find the record again and see whether it still says the same. A build that is no release says so
behind its version, since another build of that version may have found another value.
"""

import dataclasses
import datetime
import json
import re

from evidence.records.author import Author
from evidence.records.record import Record
from evidence.records.text import n_text, value_ci_text

_LATEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
          "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "\N{NO-BREAK SPACE}": "~",
          "\N{MINUS SIGN}": "$-$", "×": r"$\times$"}
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_COMMIT = 12


@dataclasses.dataclass(frozen=True, kw_only=True)
class Book:
    """What a citation says about the book that a result stands in.

    Args:
        key: short name that begins citation keys, such as "deref".
        title: of the book.
        authors: in order.
        version: of the book, as released.
        date: when this version was built.
        edition: what a build is that is not the release of this version, such as "rebuilt from its source of 2026-01-31".
        unaddressed: why a citation without an address has none, as a clause.
    """

    key: str
    title: str
    authors: tuple[Author, ...]
    version: str
    date: datetime.date
    edition: str = ""
    unaddressed: str = "the site that showed it has no public one, and the hash tells the record"

    @property
    def version_text(self) -> str:
        """The version, and what kind of build of it this is."""
        return f"{self.version}, {self.edition}" if self.edition else self.version

    def __post_init__(self) -> None:
        if not self.authors:
            raise ValueError("expected a book to have at least one author, got none")


def bibtex(record: Record, book: Book, url: str | None, accessed: datetime.date | None) -> str:
    """A BibTeX entry for a result.

    Args:
        record: the result.
        book: the book it stands in.
        url: of the result's page, for ever; None where it has no such address, and then the citation says why.
        accessed: the day on which the reader saw it; None where nobody knows it, as in a file.

    Returns:
        One `@misc` entry (classic BibTeX styles know no data sets); special characters are escaped for LaTeX.
    """
    fields = {
        "author": " and ".join(map(_bibtex_name, book.authors)),
        "title": f"{{{_latex(_title(record))}}}",
        "howpublished": f"In: {_latex(book.title)}, version {_latex(book.version_text)}",
        "year": str(book.date.year),
        "month": str(book.date.month),
        "version": _latex(book.version_text),
        **({"url": url} if url else {}),
        **({"urldate": accessed.isoformat()} if url and accessed else {}),
        "note": _latex(_note(record, book, url, accessed)),
    }
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{_key(record, book)},\n{body}\n}}\n"


def csl_json(record: Record, book: Book, url: str | None, accessed: datetime.date | None) -> str:
    """The same citation as CSL-JSON: a list of one item of type "dataset"."""
    item = {
        "id": _key(record, book),
        "type": "dataset",
        "title": _title(record),
        "author": list(map(_csl_name, book.authors)),
        "container-title": book.title,
        "version": book.version_text,
        "number": record.id,
        **({"URL": url} if url else {}),
        "issued": {"date-parts": [[book.date.year, book.date.month, book.date.day]]},
        **({"accessed": {"date-parts": [[accessed.year, accessed.month, accessed.day]]}} if accessed else {}),
        "note": _note(record, book, url, accessed),
    }
    return json.dumps([item], ensure_ascii=False, separators=(",", ":")) + "\n"


def ris(record: Record, book: Book, url: str | None, accessed: datetime.date | None) -> str:
    """The same citation in RIS, with the line ends that the format prescribes."""
    lines = [("TY", "DATA"), ("ID", _key(record, book)),
             *(("AU", _ris_name(author)) for author in book.authors),
             ("TI", _title(record)), ("T2", book.title), ("PY", str(book.date.year)),
             ("DA", book.date.strftime("%Y/%m/%d")), ("ET", book.version_text), *([("UR", url)] if url else []),
             *([("Y2", accessed.strftime("%Y/%m/%d"))] if accessed else []),
             ("N1", _note(record, book, url, accessed)), ("ER", "")]
    return "".join(f"{tag}  - {' '.join(value.splitlines())}\r\n" for tag, value in lines)


def plain(record: Record, book: Book, url: str | None, accessed: datetime.date | None) -> str:
    """The same citation as one line of text."""
    authors = "; ".join(author.inverted for author in book.authors)
    return (f"{authors} ({book.date.year}). {_title(record)}. In: {book.title}, version {book.version_text}. "
            f"{_note(record, book, url, accessed)}{f' {url}' if url else ''}")


def _bibtex_name(author: Author) -> str:
    """A name that BibTeX takes apart as it was given: braces hold together what it would part by case or comma."""
    if author.whole:
        return f"{{{_latex(author.whole)}}}"
    # a particle in lower case, and no other, is what BibTeX knows as such
    known = author.last == f"{author.particle} {author.family}" and author.particle.islower()
    family = f"{_latex(author.particle)} {_held(author.family)}" if known else _held(author.last)
    return ", ".join([family, *([_held(author.suffix)] if author.suffix else []), _held(author.given, words=True)])


def _held(name: str, words: bool = False) -> str:
    """A part of a name, in braces where BibTeX would part it: at a comma, and unless it may be `words`, at a space."""
    parts = re.search(r",|\sand\s" if words else r"[,\s]", name)
    return f"{{{_latex(name)}}}" if parts else _latex(name)


def _csl_name(author: Author) -> dict[str, str]:
    if author.whole:
        return {"literal": author.whole}
    parts = {"family": author.family, "given": author.given, "non-dropping-particle": author.particle,
             "suffix": author.suffix}
    return {name: part for name, part in parts.items() if part}


def _ris_name(author: Author) -> str:
    """Family name, given names, suffix: a comma parts them, and so stands in none of them."""
    parts = (author.whole,) if author.whole else (author.last, author.given, author.suffix)
    return ", ".join(part.replace(",", "") for part in parts if part)


def _key(record: Record, book: Book) -> str:
    return f"{book.key}-{record.id}"


def _title(record: Record) -> str:
    return f"{record.title}: {value_ci_text(record)}"


def _note(record: Record, book: Book, url: str | None, accessed: datetime.date | None) -> str:
    commit = record.build["commit"]
    built = f"commit {commit[:_COMMIT]}" + ("" if record.build["clean"] else " with changes") if commit else "no commit"
    rests = f", {n_text(record)}" if record.n is not None else ""
    seen = f", accessed {accessed.isoformat()}" if accessed else ""
    why = "" if url else f" No permanent address: {book.unaddressed}."
    return f"Result {record.id}{rests}, {built}{seen}, record sha256 {record.sha256}.{why}"


def _latex(text: str) -> str:
    text = "".join(_LATEX.get(character, character) for character in text)
    return re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda power: f"$^{{{power[0].translate(_SUPERSCRIPT)}}}$", text)
