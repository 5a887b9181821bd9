"""The whole build as an RO-Crate: one file from which a program learns what the site holds, who made it, and how."""

import datetime
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from bookkit.metadata.citation_file import LICENCES, Work
from bookkit.metadata.cite import address
from bookkit.metadata.jsonld import person, quantity
from bookkit.parts import json_text, site_file
from evidence.records import Record
from evidence.records.author import Author

NAME = "ro-crate-metadata.json"
# The programs that make a build, with their homes.
TOOLS = {"python": "https://www.python.org/", "jupyter-book": "https://jupyterbook.org/",
         "sphinx": "https://www.sphinx-doc.org/", "myst-nb": "https://myst-nb.readthedocs.io/",
         "torch": "https://pytorch.org/", "numpy": "https://numpy.org/"}
# Types that the standard library does not know, or that differ between machines.
TYPES = {".md": "text/markdown", ".bib": "application/x-bibtex", ".ipynb": "application/x-ipynb+json",
         ".csv": "text/csv", ".svg": "image/svg+xml", ".cff": "application/yaml", ".html": "text/html"}


def write(site: Path, work: Work, titles: dict[str, str], published: datetime.date, base: str,
          versions: dict[str, str], records: Iterable[Record]) -> None:
    """Describe a built site by `ro-crate-metadata.json` at its root.

    Args:
        site: the built site. Its pages, records, figures and indexes are described; scripts and styles are not.
        work: the book.
        titles: titles of pages by file name from the root of the site; only pages with a title are described.
        published: the day that the crate says it was published on.
        base: address of the site with its last slash, or empty.
        versions: of the programs of TOOLS.
        records: of the build; those are described that have their place on the site.
    """
    crate = ROCrate()
    root = crate.root_dataset
    crate.name, crate.description = work.title, work.abstract
    crate.datePublished = published
    crate.keywords = _one(list(work.keywords))
    root["version"] = work.version
    root["inLanguage"] = "en"
    if base:
        root["url"] = base
    authors = [_author(crate, author, number) for number, author in enumerate(work.authors, 1)]
    root["author"] = _one(authors)
    root["publisher"] = authors[0]
    licences = {name: _licence(crate, name) for name in work.licences}
    crate.license = _one(list(licences.values()))
    # Parts inherit the licence of the whole, unless there are several and only one of them is theirs.
    own = {"license": licences[work.text_licence]} if len(licences) > 1 else {}

    for name, title in sorted(titles.items()):
        if (site / name).is_file() and not _of_result(name):
            _file(crate, site, name, title, description=f"A page of the book: {title}.", **own)
    for path, title, description in _data(site):
        _file(crate, site, path, title, description=description, **own)
    for record in sorted(records, key=lambda one: one.id):
        _result(crate, site, record, own)
    _action(crate, versions, published)
    site_file.put(site / NAME, json_text.rows(crate.metadata.generate()).encode())


def described(site: Path, titles: dict[str, str]) -> list[str]:
    """The files of a built site that its crate describes, by name from its root, sorted."""
    records = (path.relative_to(site).as_posix() for path in site.glob("results/*/record.json"))
    names = {*(name for name in titles if not _of_result(name)), *(path for path, _, _ in _data(site)), *records}
    return sorted(name for name in names if (site / name).is_file())


def _of_result(name: str) -> bool:
    """Whether a page is in the folder of a result, which the crate describes as a whole (`_result`)."""
    return name.startswith("results/") and name.count("/") == 2


def _one(values: list[Any]) -> Any:
    """One value stands for itself, which RO-Crate prefers to a list of it."""
    return values[0] if len(values) == 1 else values


def _data(site: Path) -> list[tuple[str, str, str]]:
    """Files for programs: their paths from the root of the site, titles and descriptions."""
    known = [("CITATION.cff", "How to cite the book", "The book's authors, title, version and licence."),
             ("results/index.json", "Every result", "Every number that the book publishes, for programs."),
             ("claims/index.json", "Every claim", "Every claim that the build tested, with its verdict, for programs.")]
    found = [entry for entry in known if (site / entry[0]).is_file()]
    for path in sorted(site.glob("figures/*.*")):
        kind = path.suffix[1:].upper()
        what = "The data that a figure of the book plots." if kind == "CSV" else f"A figure of the book, as {kind}."
        found.append((path.relative_to(site).as_posix(), f"Figure {path.stem}, {kind}", what))
    return found


def _file(crate: ROCrate, site: Path, name: str, title: str, **properties: Any) -> Entity:
    path = site / name
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return crate.add_file(path, dest_path=name, properties={
        "name": title, "encodingFormat": kind, "contentSize": str(path.stat().st_size), **properties})


def _result(crate: ROCrate, site: Path, record: Record, own: dict[str, Entity]) -> None:
    """A result is a folder of the crate about one number, with its record, its page and its citations.

    Of its files the record is described: a thousand times five that differ in their sizes alone tell a program nothing.
    """
    folder = address(record.id, None).rstrip("/")
    path = site / folder / "record.json"
    if not path.is_file():
        return
    told = crate.add_file(path, dest_path=f"{folder}/{path.name}", properties={
        "name": f"Record of {record.id}", "encodingFormat": "application/json",
        "contentSize": str(path.stat().st_size), "description": "Where the number came from."})
    number = quantity(record)
    measured = crate.add(ContextEntity(crate, f"#{record.id}", properties={
        name: held for name, held in number.items() if name not in ("measurementTechnique", "propertyID")}))
    crate.add_dataset(path.parent, dest_path=folder, properties={
        "name": record.title, "identifier": record.id, "hasPart": told, "variableMeasured": measured,
        "description": record.method, **own})


def _author(crate: ROCrate, author: Author, number: int) -> Entity:
    """An author, by the number in the order of authors: two may have one name."""
    known = person(author)
    return crate.add(ContextEntity(crate, known.pop("@id", f"#author-{number}"), properties=known))


def _licence(crate: ROCrate, name: str) -> Entity:
    title, address = LICENCES[name]
    covers = "The code of the book." if name == "MIT" else "The text, figures and records of the book."
    return crate.add(ContextEntity(crate, address, properties={
        "@type": "CreativeWork", "name": title, "identifier": name, "description": covers}))


def _action(crate: ROCrate, versions: dict[str, str], published: datetime.date) -> None:
    """The build that made everything, with the programs that it ran."""
    programs = [crate.add(ContextEntity(crate, f"#{name}", properties={
        "@type": "SoftwareApplication", "name": name, "version": versions[name], "url": url}))
        for name, url in TOOLS.items()]
    action = crate.add(ContextEntity(crate, "#build", properties={
        "@type": "CreateAction", "name": "Building the book", "endTime": published.isoformat(),
        "description": "Trains the models, executes the chapters, and writes these pages from what they computed."}))
    action["instrument"] = programs
    action["result"] = crate.root_dataset
    crate.root_dataset["mentions"] = action
