"""The book as a work that one cites: what CITATION.cff says, which is the one place where it is said."""

import dataclasses
import datetime
import functools
import os
import re
from pathlib import Path
from typing import Any

import yaml

from bookkit.parts.addresses import site
from evidence.provenance.git import git
from evidence.records.author import Author
from evidence.records.citation import Book

KEY = "deref"
# The names and addresses of the licences that this project uses; the addresses are SPDX's, which never move.
LICENCES = {
    "MIT": ("MIT License", "https://spdx.org/licenses/MIT.html"),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
}

_ORCID = re.compile(r"https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """What CITATION.cff says about the book.

    Args:
        title: of the book.
        authors: in order.
        abstract: one paragraph.
        keywords: in order.
        version: of the book.
        licences: SPDX identifiers, those of LICENCES.
        released: the day on which this version came out; None between releases.
        repository: address of the source, without a slash at its end; empty where nobody has said it.
        home: address where the book's releases are kept, with a slash at its end; empty where nobody has said it.
    """

    title: str
    authors: tuple[Author, ...]
    abstract: str
    keywords: tuple[str, ...]
    version: str
    licences: tuple[str, ...]
    released: datetime.date | None
    repository: str = ""
    home: str = ""

    @property
    def short_title(self) -> str:
        """The title up to its colon."""
        return self.title.partition(":")[0]

    @property
    def text_licence(self) -> str:
        """The SPDX identifier of the licence of text, figures and records."""
        return "CC-BY-4.0" if "CC-BY-4.0" in self.licences else self.licences[0]

    def book(self, built: datetime.date) -> Book:
        """The form that citations of results take; it carries the release's date, or else the day of the build."""
        return Book(key=KEY, title=self.title, authors=self.authors, version=self.version,
                    date=self.released or built)


def read(path: Path) -> Work:
    """Read CITATION.cff; every page asks, and it is read again when it has changed.

    Every value is taken as the text that stands there, quoted or not: YAML would read the version 0.10 as the number
    0.1, and 12:30 as 750.

    Raises:
        ValueError: the file is missing, is not YAML, or lacks what the book's pages need, or has it in another form.
    """
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Work:
    try:
        data = yaml.load(path.read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"expected {path.name} to describe the book, got: {said or type(error).__name__}") from None
    try:
        return _work(data)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def _work(data: Any) -> Work:
    needed = ("title", "authors", "abstract", "keywords", "version", "license")
    missing = [name for name in needed if not isinstance(data, dict) or not data.get(name)]
    if missing:
        raise ValueError(f"expected {', '.join(needed)}, got none of {', '.join(missing)}")
    licences = _texts(data, "license") if isinstance(data["license"], list) else (_text(data, "license"),)
    unknown = sorted(set(licences) - set(LICENCES))
    if unknown:
        raise ValueError(f"expected licences among {', '.join(LICENCES)}, got {', '.join(unknown)}")
    authors = data["authors"]
    if not isinstance(authors, list):
        raise ValueError(f"expected authors to be a list, got {authors!r}")
    return Work(title=_text(data, "title"), authors=tuple(map(_author, authors)), abstract=_text(data, "abstract"),
                keywords=_texts(data, "keywords"), version=_text(data, "version"), licences=licences,
                released=_day(_text(data, "date-released")), repository=_text(data, "repository-code").rstrip("/"),
                home=_site(_text(data, "url")))


def _text(data: dict[str, Any], name: str) -> str:
    """One line of text; empty where there is none."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"expected {name} to be text, got {value!r:.80}")
    return "" if value in ("~", "null") else " ".join(value.split())


def _texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    value = data[name]
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise ValueError(f"expected {name} to be a list of texts, got {value!r:.80}")
    return tuple(" ".join(one.split()) for one in value)


def _site(text: str) -> str:
    try:
        return site(text) if text else ""
    except ValueError as error:
        raise ValueError(f"expected url to be {error}") from None


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"expected date-released to be a day such as 2026-01-31, got {text!r}") from None


def built_on(root: Path) -> datetime.date:
    """The day that a build carries: SOURCE_DATE_EPOCH's, else the last commit's, so that it can be built again alike.

    Without either it is today.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date()
    day = git(root, "log", "-1", "--format=%cs")
    return datetime.date.fromisoformat(day) if day else datetime.date.today()


def _author(data: Any) -> Author:
    """An entry of `authors`: an entity, which has a name, or a person."""
    if not isinstance(data, dict):
        raise ValueError(f"expected an author to have a name, or the names of a person, got {data!r:.80}")
    orcid = _text(data, "orcid")
    if orcid and not _ORCID.fullmatch(orcid):
        raise ValueError(f"expected an orcid such as https://orcid.org/0000-0002-1825-0097, got {orcid!r:.80}")
    if name := _text(data, "name"):
        return Author(organisation=name, orcid=orcid)
    family, given, particle, suffix, alias = (
        _text(data, key) for key in ("family-names", "given-names", "name-particle", "name-suffix", "alias"))
    if not (family or given or alias):
        raise ValueError(f"expected an author to have a name, family-names, given-names or an alias, got {data!r:.200}")
    return Author(family=family, given=given, particle=particle, suffix=suffix, alias=alias, orcid=orcid)
