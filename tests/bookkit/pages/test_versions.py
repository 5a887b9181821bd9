"""The version switcher: links of the page itself, where a book has been released more than once."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from toybook import build, dead_links

import bookkit
from bookkit.release import release
from browser import open_browser
from serve import serving


@pytest.fixture(scope="module")
def releases(make_shared_book):
    """A toy book built after one release, and after a second one in which a result is new."""
    book = make_shared_book("results")
    templates = Path(bookkit.__file__).parent / "templates"
    book.edit("_config.yml", "    mathjax_path: none.js", (
        f"    mathjax_path: none.js\n    templates_path: [{templates}]\n"
        "    html_sidebars: {'**': [sidebar-title.html, bookkit-versions.html]}"))
    book.edit("_toc.yml", "  - file: book/claims", "  - file: book/claims\n  - file: book/changes")
    book.write("book/changes.md", "# Changes\n\n```{changes}\n```\n")
    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")', '1')
    for name in ("measure", "before"):
        text = book.read(f"book/ch01/{name}.md")
        book.write(f"book/ch01/{name}.md", text.replace("{r}`coin.flips.count`", "{r}`coin.heads.share`"))
    built = build(book)
    assert built.ok, built.log
    release(book.path, "0.1.0", lambda records: {})
    one = build(book)
    assert one.ok, one.log
    first = switcher(one, "book/index")
    book.edit("book/ch01/measure.md", "\n1\n", '\nflips("coin.flips.count")\n')
    book.edit("CITATION.cff", "version: 0.1.0", "version: 0.2.0")
    built = build(book)
    assert built.ok, built.log
    release(book.path, "0.2.0", lambda records: {})
    two = build(book)
    assert two.ok, two.log
    return first, two


def switcher(built, name):
    found = BeautifulSoup(built.page(name), "html.parser").find("nav", class_="bookkit-versions")
    if found is None:
        return None
    links = [(link.get_text(), link["href"], link.get("aria-current")) for link in found.find_all("a")]
    return found.summary.string, links


def test_a_book_of_one_release_has_none(releases):
    assert releases[0] is None


def test_each_page_leads_to_what_every_release_says_in_its_place(releases):
    _, built = releases
    assert switcher(built, "book/ch01/quiet") == ("This build", [
        ("This build", "#", "page"), ("Version 0.2.0: its results", "../../results/v/0.2.0/index.html", None),
        ("Version 0.1.0: its results", "../../results/v/0.1.0/index.html", None),
        ("What changed", "../changes.html", None)])
    assert switcher(built, "results/index")[1][1] == ("Version 0.2.0: its results", "v/0.2.0/index.html", None)
    for page in sorted(built.html.rglob("*.html")):
        name = page.relative_to(built.html).as_posix()
        if not re.match("_|index|search|genindex", name):
            assert dead_links(built.html, name) == []


def past(built, rid):
    found = BeautifulSoup(built.page(f"results/{rid}/index"), "html.parser").find("ul", class_="bookkit-past")
    return [(link.get_text(), link["href"]) for link in found.find_all("a")]


def test_a_result_lists_what_releases_had_of_it_and_their_pages_lead_to_it(releases):
    _, built = releases
    assert past(built, "coin.flips.count") == [("version 0.2.0", "../v/0.2.0/coin.flips.count/index.html")]
    assert past(built, "coin.heads.share") == [("version 0.1.0 to 0.2.0", "../v/0.1.0/coin.heads.share/index.html")]
    page = BeautifulSoup(built.page("results/v/0.1.0/coin.heads.share/index"), "html.parser")
    assert [link["href"] for link in page.find_all("a") if link.get_text() == "The result in this build"] == [
        "../../../coin.heads.share/index.html"]


@pytest.mark.site
def test_a_reader_without_a_mouse_or_scripts_changes_version(releases):
    _, built = releases
    with serving(built.html) as url, open_browser() as browser:
        page = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800}).new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/book/ch01/quiet.html")
        page.locator(".bookkit-versions summary").focus()
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/results/v/0.1.0/index.html")
        page.get_by_role("link", name="Share of heads").press("Enter")
        page.wait_for_url("**/results/v/0.1.0/coin.heads.share/index.html")
        assert all(one.startswith(url) for one in asked)
