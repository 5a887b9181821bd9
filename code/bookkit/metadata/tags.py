"""Metadata in the head of a page: Highwire tags for reference managers, Open Graph for previews of a link."""

from html import escape

from bookkit.metadata.citation_file import Work
from bookkit.metadata.page_info import PageInfo
from evidence.records.author import Author
from evidence.records.text import provenance_text, value_ci_text


def highwire(work: Work, info: PageInfo, language: str = "en") -> str:
    """`citation_*` tags, of which there is one for each author; none for a language that is empty."""
    tags = [("citation_title", work.title if info.kind == "book" else _title(info))]
    tags += [("citation_author", name_in_tag(author)) for author in work.authors]
    if info.kind != "book":
        tags.append(("citation_inbook_title", work.title))
    if work.released:
        tags.append(("citation_publication_date", work.released.strftime("%Y/%m/%d")))
    if language:
        tags.append(("citation_language", language))
    tags += [("citation_keywords", keyword) for keyword in work.keywords]
    if info.url:
        tags.append(("citation_fulltext_html_url", info.url))
    return "\n".join(f'<meta name="{name}" content="{escape(content)}">' for name, content in tags)


def preview(work: Work, info: PageInfo) -> str:
    """The description for search engines, and Open Graph tags; without an address of the site there is no `og:url`."""
    kind = {"book": "book", "chapter": "article", "section": "article"}.get(info.kind, "website")
    tags = [("og:title", work.title if info.kind == "book" else _title(info)), ("og:type", kind),
            ("og:site_name", work.title), ("og:locale", "en_GB"), ("og:description", summary(work, info))]
    if info.url:
        tags.append(("og:url", info.url))
    return "\n".join([f'<meta name="description" content="{escape(summary(work, info))}">',
                      *(f'<meta property="{name}" content="{escape(content)}">' for name, content in tags)])


def summary(work: Work, info: PageInfo) -> str:
    """What a page says in a sentence or two: a result its provenance, a page without prose what the book says."""
    if info.record:
        return f"{info.record.title}: {value_ci_text(info.record)}. {provenance_text(info.record)}"
    return info.summary or work.abstract


def _title(info: PageInfo) -> str:
    return f"{info.record.title}: {value_ci_text(info.record)}" if info.record else info.title


def name_in_tag(author: Author) -> str:
    """An author as reference managers read `citation_author`: what stands before a comma is the family name.

    A name without a comma is taken apart at its last space, so that one name alone ends in a comma. There is no third
    part, so a suffix goes with the family name, and an inner comma goes.
    """
    if author.whole:
        return f"{author.whole.replace(',', '')},"
    last = " ".join(part for part in (author.last, author.suffix) if part)
    return f"{last.replace(',', '')}, {author.given.replace(',', '')}"
