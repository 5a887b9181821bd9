"""Metadata in the head of a page: Highwire tags for reference managers, Open Graph for previews of a link."""

from html import escape

from bookkit.metadata.citation_file import Work
from bookkit.metadata.page_info import Leaf
from evidence.records.author import Author
from evidence.records.text import provenance_text, value_ci_text


def highwire(work: Work, leaf: Leaf) -> str:
    """`citation_*` tags, of which there is one for each author."""
    tags = [("citation_title", work.title if leaf.kind == "book" else _title(leaf))]
    tags += [("citation_author", name_in_tag(author)) for author in work.authors]
    if leaf.kind != "book":
        tags.append(("citation_inbook_title", work.title))
    if work.released:
        tags.append(("citation_publication_date", work.released.strftime("%Y/%m/%d")))
    tags.append(("citation_language", "en"))
    tags += [("citation_keywords", keyword) for keyword in work.keywords]
    if leaf.url:
        tags.append(("citation_fulltext_html_url", leaf.url))
    return "\n".join(f'<meta name="{name}" content="{escape(content)}">' for name, content in tags)


def preview(work: Work, leaf: Leaf) -> str:
    """The description for search engines, and Open Graph tags; without an address of the site there is no `og:url`."""
    kind = {"book": "book", "chapter": "article", "section": "article"}.get(leaf.kind, "website")
    tags = [("og:title", work.title if leaf.kind == "book" else _title(leaf)), ("og:type", kind),
            ("og:site_name", work.title), ("og:locale", "en_GB"), ("og:description", summary(work, leaf))]
    if leaf.url:
        tags.append(("og:url", leaf.url))
    return "\n".join([f'<meta name="description" content="{escape(summary(work, leaf))}">',
                      *(f'<meta property="{name}" content="{escape(content)}">' for name, content in tags)])


def summary(work: Work, leaf: Leaf) -> str:
    """What a page says in a sentence or two: a result its provenance, a page without prose what the book says."""
    if leaf.record:
        return f"{leaf.record.title}: {value_ci_text(leaf.record)}. {provenance_text(leaf.record)}"
    return leaf.summary or work.abstract


def _title(leaf: Leaf) -> str:
    return f"{leaf.record.title}: {value_ci_text(leaf.record)}" if leaf.record else leaf.title


def name_in_tag(author: Author) -> str:
    """An author as reference managers read `citation_author`: what stands before a comma is the family name.

    A name without a comma is taken apart at its last space, so that one name alone ends in a comma. There is no third
    part, so a suffix goes with the family name, and an inner comma goes.
    """
    if author.whole:
        return f"{author.whole.replace(',', '')},"
    last = " ".join(part for part in (author.last, author.suffix) if part)
    return f"{last.replace(',', '')}, {author.given.replace(',', '')}"
