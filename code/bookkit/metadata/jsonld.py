"""schema.org descriptions of pages, as JSON-LD: the book, its chapters, and each result as a dataset."""

import json
from typing import Any

from bookkit.metadata.citation_file import LICENCES, Work
from bookkit.metadata.page_info import PageInfo
from bookkit.metadata.tags import summary
from evidence.records import Record
from evidence.records.author import Author

CONTEXT = "https://schema.org"


def describe(work: Work, info: PageInfo, base: str, version: str = "") -> dict[str, Any]:
    """What a page is, in schema.org's words.

    Args:
        work: the book.
        info: the page.
        base: address of the site with its last slash; empty while it has none, and then nothing has an address.
        version: of a result, as its citation names it; that of the book if empty.
    """
    if info.kind == "book":
        return {"@context": CONTEXT, **book(work, base), "description": work.abstract, "inLanguage": "en",
                "keywords": ", ".join(work.keywords), "bookFormat": "https://schema.org/EBook"}
    common = {"name": info.title, "description": summary(work, info), "isPartOf": book(work, base)}
    if info.url:
        common |= {"@id": info.url, "url": info.url}
    if info.record:
        return {"@context": CONTEXT, "@type": "Dataset", **common,
                **_dataset(work, info.record, info.url), "version": version or work.version}
    if info.kind in ("chapter", "section"):
        part: dict[str, Any] = {"@type": "Chapter", "author": list(map(person, work.authors)), "inLanguage": "en"}
        if info.kind == "chapter":
            part["position"] = info.chapter
        elif info.parent:
            part["isPartOf"] = {"@type": "Chapter", "@id": info.parent, "position": info.chapter,
                                "isPartOf": book(work, base)}
        return {"@context": CONTEXT, **common, **part}
    return {"@context": CONTEXT, "@type": "WebPage", **common}


def book(work: Work, base: str) -> dict[str, Any]:
    """The book itself, short enough to stand in every page as what the page is part of."""
    about: dict[str, Any] = {"@type": "Book", "name": work.title, "author": list(map(person, work.authors)),
                             "version": work.version, "license": [LICENCES[name][1] for name in work.licences]}
    if work.released:
        about["datePublished"] = work.released.isoformat()
    return about | ({"@id": base, "url": base} if base else {})


def person(author: Author) -> dict[str, Any]:
    """An author: a person with the parts of the name that are known, or an organisation."""
    named = {"@type": "Organization" if author.organisation else "Person", "name": author.name,
             "givenName": author.given, "familyName": author.last, "honorificSuffix": author.suffix,
             "alternateName": author.alias if author.alias != author.name else "", "@id": author.orcid}
    return {name: value for name, value in named.items() if value}


def quantity(record: Record) -> dict[str, Any]:
    """The number of a result: a PropertyValue, whose ends are those of its interval."""
    value = {"@type": "PropertyValue", "propertyID": record.id, "name": record.title, "value": record.value,
             "measurementTechnique": record.method}
    if record.ci:
        value |= {"minValue": record.ci[0], "maxValue": record.ci[1]}
    if record.unit:
        value["unitText"] = record.unit
    return value


def script(description: dict[str, Any]) -> str:
    """The element that carries a description; no text in it can end the element, or begin a comment or a script in it.

    Behind "<!--" and "<script" a browser takes the next end of a script for a part of the text.
    """
    text = json.dumps(description, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/ld+json">{text}</script>'


def _dataset(work: Work, record: Record, url: str | None) -> dict[str, Any]:
    about: dict[str, Any] = {
        "name": record.title,
        "identifier": [record.id, {"@type": "PropertyValue", "propertyID": "sha256", "value": record.sha256}],
        "creator": list(map(person, work.authors)),
        "license": LICENCES[work.text_licence][1],
        "isAccessibleForFree": True,
        "variableMeasured": quantity(record),
        "measurementTechnique": record.method,
    }
    if url:
        folder = url.rpartition("/")[0]
        about["distribution"] = [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{folder}/{name}"}
            for kind, name in (("application/json", "record.json"), ("application/x-bibtex", "record.bib"))]
    return about
