"""The book as a work that one cites: what CITATION.cff says, which is the one place where it is said."""

import dataclasses
import datetime
import os
from pathlib import Path
from typing import Any

import yaml

from evidence.provenance.git import git
from evidence.records.citation import Author, Book

KEY = "deref"
# The names and addresses of the licences that this project uses; the addresses are SPDX's, which never move.
LICENCES = {
    "MIT": ("MIT License", "https://spdx.org/licenses/MIT.html"),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """What CITATION.cff says about the book.

    Args:
        title: of the book.
        authors: in order; an organisation has no given name.
        abstract: one paragraph.
        keywords: in order.
        version: of the book.
        licences: SPDX identifiers, those of LICENCES.
        released: the day on which this version came out; None between releases.
        repository: address of the source, without a slash at its end; empty where nobody has said it.
    """

    title: str
    authors: tuple[Author, ...]
    abstract: str
    keywords: tuple[str, ...]
    version: str
    licences: tuple[str, ...]
    released: datetime.date | None
    repository: str = ""

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
    """Read CITATION.cff.

    Raises:
        ValueError: the file is missing, is not YAML, or lacks what the book's pages need.
    """
    try:
        data = yaml.safe_load(path.read_text("utf8"))
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"expected {path.name} to describe the book, got: {error}") from None
    needed = ("title", "authors", "abstract", "keywords", "version", "license")
    missing = [name for name in needed if not isinstance(data, dict) or not data.get(name)]
    if missing:
        raise ValueError(f"expected {path.name} to have {', '.join(needed)}, got none of {', '.join(missing)}")
    licences = data["license"] if isinstance(data["license"], list) else [data["license"]]
    unknown = sorted(set(licences) - set(LICENCES))
    if unknown:
        raise ValueError(f"expected {path.name} to name licences among {', '.join(LICENCES)}, got {', '.join(unknown)}")
    return Work(title=data["title"], authors=tuple(map(_author, data["authors"])), abstract=data["abstract"].strip(),
                keywords=tuple(data["keywords"]), version=str(data["version"]), licences=tuple(licences),
                released=data.get("date-released"), repository=str(data.get("repository-code", "")).rstrip("/"))


def restored(data: dict[str, Any], released: datetime.date) -> Work:
    """A book as the archive of releases describes it: the fields of `Work`, written as JSON.

    Args:
        data: the fields.
        released: the day of the release.
    """
    fields: dict[str, Any] = {**data, "authors": tuple(Author(**author) for author in data["authors"]),
                              "keywords": tuple(data["keywords"]), "licences": tuple(data["licences"])}
    fields["released"] = released
    return Work(**fields)


def built_on(root: Path) -> datetime.date:
    """The day that a build carries: SOURCE_DATE_EPOCH's, else the last commit's, so that it can be built again alike.

    Without either it is today.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date()
    day = git(root, "log", "-1", "--format=%cs")
    return datetime.date.fromisoformat(day) if day else datetime.date.today()


def _author(data: dict[str, Any]) -> Author:
    if data.get("name"):
        return Author(family=data["name"])
    if data.get("family-names"):
        return Author(family=data["family-names"], given=data.get("given-names", ""))
    raise ValueError(f"expected an author to have a name or family-names, got {data!r}")
