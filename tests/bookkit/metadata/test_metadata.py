"""What the pages and the site say about themselves, read back by parsers and validators that others wrote."""

import datetime
import gzip
import importlib.resources
import json
import lzma
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import toybook
import yaml
from bs4 import BeautifulSoup
from requests_cache import CachedRequest, CachedResponse, CachedSession

from bookkit.metadata import citation_file

PROJECT = Path(__file__).parents[3]
BASE = "https://book.test/toy/"
CONTEXT = "https://w3id.org/ro/crate/1.3/context"
RESULT = "results/coin.heads.share/index"
pytestmark = pytest.mark.xdist_group("metadata")


def _build(book, **env):
    return toybook.build(book, SOURCE_DATE_EPOCH="1790000000", **env)


@pytest.fixture(scope="module")
def built(make_shared_book):
    made = _build(make_shared_book("results"), BOOK_URL=BASE.rstrip("/"))
    assert made.ok, made.log
    return made


@pytest.fixture(scope="module")
def plain(make_shared_book):
    """The same book, of which nobody has said where it will be."""
    book = make_shared_book("results")
    book.edit("_config.yml", "    html_baseurl: https://toy.example/\n", "")
    made = _build(book)
    assert made.ok, made.log
    return made


def _head(built, name):
    return BeautifulSoup(built.page(name), "html.parser").head


def _tags(built, name):
    found = {}
    for tag in _head(built, name).find_all("meta"):
        found.setdefault(tag.get("name") or tag.get("property"), []).append(tag.get("content"))
    return found


def _description(built, name):
    (script,) = _head(built, name).find_all("script", type="application/ld+json")
    return json.loads(script.string)


def test_each_author_has_a_tag_of_their_own(built):
    for name in ("book/index", "book/ch01/before", RESULT):
        assert _tags(built, name)["citation_author"] == ["Ångström, Åsa", "The toy authors,"]


def test_chapters_name_the_book_and_the_book_names_itself(built):
    front, chapter = _tags(built, "book/index"), _tags(built, "book/ch01/before")
    assert front["citation_title"] == front["og:title"] == ["Toy: a book of results"]
    assert "citation_inbook_title" not in front
    assert chapter["citation_title"] == chapter["og:title"] == ["Before"]
    assert chapter["citation_inbook_title"] == ["Toy: a book of results"]
    assert chapter["description"] == chapter["og:description"]
    assert chapter["description"][0].startswith("This page is read before the page that publishes.")


def test_addresses_follow_book_url(built, plain):
    address = BASE + "book/ch01/before.html"
    tags = _tags(built, "book/ch01/before")
    assert tags["og:url"] == tags["citation_fulltext_html_url"] == [address]
    assert [link["href"] for link in _head(built, "book/ch01/before").find_all("link", rel="canonical")] == [address]
    assert "og:url" not in _tags(plain, "book/ch01/before")
    assert not _head(plain, "book/ch01/before").find_all("link", rel="canonical")


def test_json_ld_says_what_each_page_is(built):
    book, part, result = (_description(built, n) for n in ("book/index", "book/ch01/before", RESULT))
    assert (book["@type"], book["@id"], book["version"]) == ("Book", BASE, "0.1.0")
    assert [a["@type"] for a in book["author"]] == ["Person", "Organization"]
    assert part["@type"] == part["isPartOf"]["@type"] == "Chapter"
    assert part["isPartOf"]["isPartOf"]["@id"] == BASE
    assert result["@type"] == "Dataset"
    measured = result["variableMeasured"]
    assert (measured["@type"], measured["value"], measured["minValue"], measured["maxValue"]) == (
        "PropertyValue", 0.5, 0.4, 0.6)
    record = json.loads((built.html / "results/coin.heads.share/record.json").read_text("utf8"))
    assert {"@type": "PropertyValue", "propertyID": "sha256", "value": record["sha256"]} in result["identifier"]
    assert f"{BASE}results/coin.heads.share/record.json" in [d["contentUrl"] for d in result["distribution"]]


def test_every_page_but_the_search_describes_itself(built):
    pages = [p.relative_to(built.html).with_suffix("").as_posix() for p in built.html.rglob("*.html")
             if not p.relative_to(built.html).parts[0].startswith("_")]
    silent = [p for p in pages if not BeautifulSoup(built.page(p), "html.parser").find(type="application/ld+json")]
    assert sorted(silent) == ["genindex", "index", "search"]


def test_sitemap_lists_the_pages_that_there_are(built, plain):
    found = [e.text for e in ElementTree.parse(built.html / "sitemap.xml").iter() if e.tag.endswith("}loc")]
    assert f"{BASE}results/coin.heads.share/" in found
    files = [e.removeprefix(BASE) for e in found]
    assert all((built.html / f"{name}{'index.html' * (not name or name.endswith('/'))}").is_file() for name in files)
    assert not (plain.html / "sitemap.xml").exists()


def test_entrance_leads_to_the_front_page(built):
    entrance = BeautifulSoup((built.html / "index.html").read_text("utf8"), "html.parser")
    assert entrance.find("a")["href"] == "book/index.html"
    assert entrance.find("meta", attrs={"http-equiv": "refresh"})["content"].endswith("url=book/index.html")


def test_every_page_and_the_entrance_name_an_icon_that_is_there(built):
    for name in ("index", "book/ch01/before", RESULT):
        (icon,) = _head(built, name).find_all("link", rel="icon")
        assert (built.html / name).parent.joinpath(icon["href"].partition("?")[0]).resolve().is_file(), name


def test_a_build_that_is_no_release_is_cited_without_an_address(built, plain):
    def cited(made):
        page = BeautifulSoup(made.page(RESULT), "html.parser")
        folder = made.html / "results"
        entries, items = (gzip.decompress((folder / f"citations.{kind}.gz").read_bytes()).decode()
                          for kind in ("ris", "csl.json"))
        (entry,) = (one for one in entries.split("ER  - ") if "coin.heads.share" in one)
        (item,) = (one for one in json.loads(items) if one["number"] == "coin.heads.share")
        return [page.find(id="cite-plain").get_text(), (folder / "coin.heads.share/record.bib").read_text("utf8"),
                entry, json.dumps(item)]

    for text in [*cited(built), *cited(plain)]:
        assert "results/" not in text and "coin.heads.share" in text
        assert "url" not in text.lower() and "UR  -" not in text
        assert "No permanent address: a build that is not a release keeps none." in text
        assert "0.1.0, not released, built from its source of 2026-09-21" in text


def _validate(site, tmp_path):
    """Run the RO-Crate validator offline; the context, which it would fetch, is the rocrate library's."""
    session = CachedSession(str(tmp_path / "http"), backend="sqlite", expire_after=-1)
    context = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    session.cache.save_response(CachedResponse(
        url=CONTEXT, status_code=200, content=context, headers={"Content-Type": "application/ld+json"},
        request=CachedRequest(method="GET", url=CONTEXT), created_at=datetime.datetime.now(datetime.UTC)))
    session.close()
    ran = subprocess.run(
        [Path(sys.executable).with_name("rocrate-validator"), "-y", "--disable-color", "validate", "--offline",
         "--cache-path", tmp_path / "http", "-p", "ro-crate-1.3", "-l", "recommended", "--no-paging", "-f", "json",
         "-o", tmp_path / "report.json", site], capture_output=True, text=True, check=False)
    return json.loads((tmp_path / "report.json").read_text("utf8"))["issues"], ran


# What is recommended and nobody can state: registered identifiers and addresses of the authors; that the address of
# the site answers.
UNKNOWABLE = ("Organization", "organization", "author", "Person", "SHOULD resolve")


def test_crate_passes_the_validator_made_for_it(built, tmp_path):
    issues, ran = _validate(built.html, tmp_path)
    assert {i["severity"] for i in issues} == {"RECOMMENDED"}, ran.stdout + ran.stderr
    assert [i["message"] for i in issues if not any(word in i["message"] for word in UNKNOWABLE)] == []


def test_crate_holds_the_results_with_their_numbers(built):
    graph = {e["@id"]: e for e in json.loads((built.html / "ro-crate-metadata.json").read_text("utf8"))["@graph"]}
    folder = graph["results/coin.heads.share/"]
    assert graph[folder["variableMeasured"]["@id"]]["value"] == 0.5
    assert {"@id": folder["@id"]} in graph["./"]["hasPart"]
    assert (folder["identifier"], folder["name"]) == ("coin.heads.share", "Share of heads")
    assert folder["hasPart"] == {"@id": "results/coin.heads.share/record.json"}
    assert graph["./"]["datePublished"] == "2026-09-21"
    assert {e["name"] for e in graph.values() if e["@type"] == "SoftwareApplication"} >= {"python", "sphinx", "torch"}


def test_two_builds_write_the_same_crate(built, make_shared_book):
    again = _build(make_shared_book("results", executed=False), BOOK_URL=BASE)
    name = "ro-crate-metadata.json"
    first, second = (json.loads((b.html / name).read_text("utf8"))["@graph"] for b in (built, again))
    # Sizes follow the pages, which may say when they were built; everything else must be equal.
    for graph in (first, second):
        for entity in graph:
            entity.pop("contentSize", None)
    assert first == second


def test_wrong_address_fails_the_build(make_book):
    made = _build(make_book("results"), BOOK_URL="book.test/toy")
    assert not made.ok
    assert "expected BOOK_URL to be an address that begins with https://, got 'book.test/toy'" in made.log


@pytest.mark.parametrize("path", [PROJECT / "CITATION.cff", PROJECT / "tests/roots/results/CITATION.cff"],
                         ids=["the project", "the test book"])
def test_citation_file_is_valid(path):
    schema = json.loads(lzma.decompress((PROJECT / "tests/data/cff-1.2.0/schema.json.xz").read_bytes()))
    # YAML reads dates as dates; JSON, which the schema speaks of, has them as text.
    data = json.loads(json.dumps(yaml.safe_load(path.read_text("utf8")), default=str))
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER).validate(data)
    assert citation_file.read(path).title == data["title"]
