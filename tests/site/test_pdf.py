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


@pytest.fixture(scope="module")
def document(browser, address):
    with pdf.assembled(browser, address, ["book/intro", "book/ch06/lookup", "book/glossary"]) as page:
        page.emulate_media(media="print")
        yield page


def test_every_page_is_there_with_its_title_behind_a_list_of_contents(document):
    titles = document.locator(".printed-page h1")
    assert titles.count() == 4 and all(title.is_visible() for title in titles.all())
    linked = document.evaluate("[...document.querySelectorAll('.printed-contents a')].map(a => "
                               "document.querySelector(a.getAttribute('href')).querySelector('h1').textContent)")
    listed = document.locator(".printed-contents a").all_text_contents()
    assert [title.startswith(name) for title, name in zip(linked, listed, strict=True)] == [True] * 3
    assert listed[1:] == ["A lookup made of arithmetic", "Glossary"]


def test_links_lead_within_the_document_or_nowhere(document):
    assert document.evaluate("""[...document.querySelectorAll(".printed-page a[href^='#']")]
      .filter(a => !document.getElementById(a.getAttribute("href").slice(1))).map(a => a.outerHTML)""") == []
    assert document.locator(f".printed-page a[href^='{document.url.rsplit('/', 2)[0]}']").count() == 0


def test_the_document_is_printed(browser, address, tmp_path):
    target = tmp_path / "book.pdf"
    pdf.write(browser, address, ["book/intro", "book/glossary"], target)
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 3
    # the front page's link to the glossary leads into the document
    assert b"/Dest /book-glossary" in printed or b"(book-glossary)" in printed
