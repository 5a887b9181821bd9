"""The book on paper: every page in its order, and links that lead within the document."""

import re

import pytest

import pages
import pdf

pytestmark = pytest.mark.site


def test_the_order_of_the_contents_has_every_written_page_once():
    names = [f"{name}.html" for name in pdf.order(pages.ROOT / "_toc.yml")]
    assert names[0] == "book/intro.html"
    assert sorted(names) == sorted({page.relative_to(pages.ROOT).with_suffix(".html").as_posix()
                                    for page in (pages.ROOT / "book").rglob("*.md")})


def test_pages_are_printed_behind_each_other(browser, address, tmp_path):
    target = tmp_path / "book.pdf"
    assert pdf.write(browser, address, ["book/intro", "book/glossary"], target) == 2
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    # the front page's link to the glossary leads into the document
    assert b"/Dest /book-glossary" in printed or b"(book-glossary)" in printed
