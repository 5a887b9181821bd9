"""What the tests of results, claims and exhibits share: the toy book under tests/roots/results, built and read."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "code" / "bookkit" / "schemas"


def build(book, **options):
    """Build a toy book, whose ledger of claims is in its own code: the build is forked, and inherits the path."""
    root = str(book.path / "code")
    sys.path.insert(0, root)
    try:
        return book.build(PYTHONPATH=root, **options)
    finally:
        sys.path.remove(root)


def article(built, docname):
    """The content of a page, without the theme around it."""
    page = built.page(docname)
    return page[page.index("<article"):page.index("</article>")]


def text(html):
    """The words of some HTML, tooltips left out, white space evened out."""
    html = re.sub(r'<span class="result-tip".*?</span></span>', "</span>", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("\xa0", " ").split())


class _Anchors(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])


def dead_links(site, page):
    """The links of a page that lead within the site, but to no file, or to no element of that file."""
    def read(path):
        parser = _Anchors()
        parser.feed(path.read_text("utf-8"))
        return parser

    source, dead = site / page, []
    for link in read(source).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (source.parent / unquote(parts.path)).resolve() if parts.path else source
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file() or (parts.fragment and parts.fragment not in read(target).ids):
            dead.append(link)
    return dead


def data(built, path, schema):
    """A JSON file of a built site, valid against one of the project's schemas."""
    found = json.loads((built.html / path).read_text("utf-8"))
    validator(schema).validate(found)
    return found


def validator(schema):
    """The validator of one of the project's schemas, itself a valid schema."""
    described = json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(described)
    return Draft202012Validator(described)
