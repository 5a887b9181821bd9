"""Titles, names and pages that mean something to HTML, JSON, YAML, LaTeX or an address: they stay what they are."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
import toybook
from bs4 import BeautifulSoup

import bookkit
from bookkit.metadata.cite import address as place_of
from bookkit.metadata.jsonld import script
from bookkit.metadata.tags import name_in_tag
from bookkit.parts.addresses import address, site
from browser import open_browser
from evidence.archive import open_archive
from evidence.records.author import Author
from serve import serving

TITLE = """Toy</title><script>window.intruder = 1</script>: a "book" <!-- <script> of results & more"""
PAGE = "book/ch01/très long"
RESULT = "results/coin.heads.share/index"
BASE = "https://xn--bcher-kva.test/toy%C3%A9/"
CITATION = f"""cff-version: 1.2.0
message: A book for tests.
type: software
title: '{TITLE}'
abstract: A <script>window.intruder = 2</script> book <!-- <script> for tests.
authors:
  - {{family-names: Beethoven, name-particle: van, given-names: Ludwig}}
  - {{family-names: Davis, given-names: Sammy, name-suffix: Jr.}}
  - alias: the_grugq x
  - given-names: Plato
  - name: The toy authors
version: 0.10
date-released: "2026-03-01"
license: MIT
keywords: [tests, 12:30]
"""


@pytest.fixture(scope="module")
def built(make_shared_book):
    book = make_shared_book("results")
    book.write("CITATION.cff", CITATION)
    book.edit("_config.yml", 'title: "Toy: a book of results"', f"title: '{TITLE}'")
    templates = Path(bookkit.__file__).parent / "templates"
    book.edit("_config.yml", "    mathjax_path: none.js", (
        f"    mathjax_path: none.js\n    templates_path: [{templates}]\n"
        "    html_sidebars: {'**': [sidebar-title.html, book-nav.html]}"))
    book.edit("_toc.yml", "  - file: book/claims", f"  - file: book/claims\n  - file: {PAGE}")
    book.write(f"{PAGE}.md", "# Long <script>window.intruder = 3</script>\n\nText.\n\n"
               "## On <img src=x> & more\n\nMore.\n")
    book.edit("code/toy/coin.py", "Share of heads", "Share <script>window.intruder = 4</script> of <!-- <script> & <b>")
    made = toybook.build(book, BOOK_URL="https://bücher.test/toyé", SOURCE_DATE_EPOCH="1790000000")
    assert made.ok, made.log
    return made


def pages(built):
    return sorted(path.relative_to(built.html).with_suffix("").as_posix() for path in built.html.rglob("*.html")
                  if not path.relative_to(built.html).parts[0].startswith("_"))


@pytest.mark.site
def test_no_script_of_a_title_runs_in_a_browser(built):
    with serving(built.html) as url, open_browser() as browser:
        page = browser.new_page()
        for name in pages(built):
            if name == "index":
                continue  # leads on at once
            page.goto(f"{url}/{name}.html" + ("?q=script" if name == "search" else ""))
            if name == "search":
                page.wait_for_selector("#search-results li")
                assert page.locator("#search-results :is(img, b)").count() == 0
            assert page.evaluate("window.intruder") is None, name
            described = page.evaluate("""[...document.querySelectorAll('script[type="application/ld+json"]')]
                                         .map((one) => JSON.parse(one.textContent)["@type"])""")
            assert len(described) == (name not in ("search", "genindex")), name
            assert page.evaluate("document.title.length") > 0 and page.locator("body").inner_text()


def test_the_policy_names_what_templates_wrote_and_no_more(built):
    policies = {}
    for name in pages(built):
        head = BeautifulSoup(built.page(name), "html.parser").head
        policies[name] = re.search("script-src ([^;]*);", str(head.find("meta", content=re.compile("script-src"))))[1]
        assert "unsafe" not in policies[name]
    found = {hashed for policy in policies.values() for hashed in policy.split()}
    # the theme's mode, the search field, one a page for its name, and what the switches of togglebutton are called
    assert len(found) < len(policies) + 16
    assert built.page(PAGE).count("window.intruder = 3") and "onclick=\"window.print()\"" not in built.page(PAGE)


@pytest.mark.parametrize("text", ["<!-- <script>", "</script>", "a & b", "\u2028", "<SCRIPT", "]]>", "&lt;!--"])
def test_no_text_ends_or_opens_anything_in_json_ld(text):
    class Reader(HTMLParser):
        inside = ""

        def handle_data(self, data):
            self.inside += data

    written, reader = script({"name": text}), Reader()
    reader.feed(f"{written}<p>after</p>")
    assert json.loads(reader.inside.removesuffix("after")) == {"name": text}
    assert re.findall("[<>]", written) == list("<><>")


def test_every_way_to_a_page_says_one_address(built):
    listed = [e.text for e in ElementTree.parse(built.html / "sitemap.xml").iter() if e.tag.endswith("}loc")]
    for name in pages(built):
        head = BeautifulSoup(built.page(name), "html.parser").head
        said = {tag["href"] for tag in head.find_all("link", rel="canonical")}
        said |= {tag["content"] for tag in head.find_all("meta", attrs={"property": "og:url"})}
        said |= {tag["content"] for tag in head.find_all("meta", attrs={"name": "citation_fulltext_html_url"})}
        for described in head.find_all("script", type="application/ld+json"):
            said |= {json.loads(described.string).get("url")} - {None, BASE}
        if name in ("search", "genindex", "index"):
            continue
        assert len(said) == 1, (name, said)
        (one,) = said
        assert one in listed and one.isascii() and " " not in one
        path = unquote(urlsplit(one).path).removeprefix("/toyé/")
        assert f"{path}index" * path.endswith("/") or path.removesuffix(".html") == name
        assert not one.endswith("index.html")
    rows = {row["id"]: row for row in json.loads((built.html / "results/index.json").read_text("utf8"))["results"]}
    assert rows["coin.heads.share"]["url"] == f"{BASE}results/coin.heads.share/" in listed
    release = open_archive(Path(__file__).parents[2] / "records").release("0.1.0")
    assert address(BASE, place_of("coin.heads.share", release)) == f"{BASE}results/v/0.1.0/coin.heads.share/"


def test_crate_says_the_size_that_each_file_has(built):
    graph = json.loads((built.html / "ro-crate-metadata.json").read_text("utf8"))["@graph"]
    sizes = {entity["@id"]: int(entity["contentSize"]) for entity in graph if "contentSize" in entity}
    assert len(sizes) > 10 and f"{PAGE}.html" in map(unquote, sizes)
    assert sizes == {name: (built.html / unquote(name)).stat().st_size for name in sizes}
    people = [entity for entity in graph if entity["@type"] in ("Person", "Organization")]
    assert [one["name"] for one in sorted(people, key=lambda one: one["@id"])] == [
        "Ludwig van Beethoven", "Sammy Davis Jr.", "the_grugq x", "Plato", "The toy authors"]


def test_names_reach_the_head_of_each_page(built):
    head = BeautifulSoup(built.page(RESULT), "html.parser").head
    assert [tag["content"] for tag in head.find_all("meta", attrs={"name": "citation_author"})] == [
        "van Beethoven, Ludwig", "Davis Jr., Sammy", "the_grugq x,", "Plato,", "The toy authors,"]
    described = json.loads(head.find("script", type="application/ld+json").string)
    assert [(one["@type"], one["name"]) for one in described["creator"]] == [
        ("Person", "Ludwig van Beethoven"), ("Person", "Sammy Davis Jr."), ("Person", "the_grugq x"),
        ("Person", "Plato"), ("Organization", "The toy authors")]
    assert described["version"] == "0.10, not released, built from its source of 2026-09-21"
    # a result's page names the book; when that came out stands on the book's own
    whole = BeautifulSoup(built.page("book/index"), "html.parser").head.find("script", type="application/ld+json")
    assert json.loads(whole.string)["datePublished"] == "2026-03-01"


def as_reference_managers_read(content):
    """A name in `citation_author`: ends trimmed, split at a comma if there was one, else at the last space."""
    name = content.strip(" .,/[]:")
    if "," not in content:
        given, _, family = name.rpartition(" ")
        return family, given
    family, _, given = name.partition(", ")
    return family, given


@pytest.mark.parametrize(("author", "read"), [
    (Author(organisation="The toy authors"), ("The toy authors", "")),
    (Author(organisation="Acme Works, Inc"), ("Acme Works Inc", "")),
    (Author(family="Berg", particle="van der", given="Ana María"), ("van der Berg", "Ana María")),
    (Author(family="King", given="Martin Luther", suffix="Jr."), ("King Jr.", "Martin Luther")),
    (Author(alias="the grugq"), ("the grugq", "")), (Author(given="Prince Rogers"), ("Prince Rogers", "")),
])
def test_reference_managers_read_a_name_from_its_tag(author, read):
    assert as_reference_managers_read(name_in_tag(author)) == read


@pytest.mark.parametrize(("name", "anchor", "written"), [
    ("book/index.html", "", "book/"), ("index.html", "", ""), ("book/reindex.html", "", "book/reindex.html"),
    ("book/a b/é.html", "x y", "book/a%20b/%C3%A9.html#x%20y"), ("book/50%.html", "", "book/50%25.html"),
    ("book/a?b#c.html", "", "book/a%3Fb%23c.html"), ("results/a.b/", "", "results/a.b/"),
])
def test_an_address_is_escaped_and_that_of_a_folder_ends_in_a_slash(name, anchor, written):
    assert address("https://a.example/", name, anchor) == f"https://a.example/{written}"


@pytest.mark.parametrize(("given", "found"), [
    ("https://a.example", "https://a.example/"), ("http://a.example:8000/b/", "http://a.example:8000/b/"),
    ("https://a.example/caf%C3%A9", "https://a.example/caf%C3%A9/"), ("https://bücher.example/é", None),
])
def test_the_address_of_a_site_is_escaped_once(given, found):
    assert site(given) == (found or "https://xn--bcher-kva.example/%C3%A9/")
    assert site(site(given)) == site(given)


@pytest.mark.parametrize("given", ["a.example", "ftp://a.example", "https://", "https://a b.example/", "https://a.example/?q",
                                   "https://a.example/#x", "https://a.example:port/", "javascript:alert(1)",
                                   "https://me@a.example/", "https://a.example/x y"])
def test_what_is_no_address_of_a_site_is_refused(given):
    with pytest.raises(ValueError, match="an address that begins with https://, got"):
        site(given)
