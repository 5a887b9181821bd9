"""The page around the text: styles at its head, scripts at its end, and none that it has no use for."""

import hashlib
import re
from pathlib import Path

import pydata_sphinx_theme
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

PAGES = ("book/index", "book/play", "genindex")
NAMED_INLINE = "documentation_options.js"  # by scripts that stand in the page
UNUSED = ("fontawesome", "mathjax", "searchtools", "language_data", "searchindex", "sphinx_highlight")
# Each needs the one before it.
BUNDLE = ("basic.css", "styles/theme.css", "styles/pydata-sphinx-theme.css", "sphinx-design.min.css")
SHEET = "_static/bookkit-theme.css"
ORDER = ("documentation_options.js", "doctools.js", "copybutton.js", "togglebutton.js",
         "DOCUMENTATION_OPTIONS.pagename", "bootstrap.js", "pydata-sphinx-theme.js")


@pytest.fixture(scope="module")
def layout(make_shared_book):
    book = make_shared_book("explorable")
    left_out = "['*.map', scripts/fontawesome.js, styles/theme.css, '*/fa-brands-*']"
    book.edit("_config.yml", "mathjax_path: none.js",
              "html_math_renderer: mathml\n    templates_path: [code/bookkit/templates]\n    bookkit_left_out: "
              f"{left_out}\n    bookkit_bundle: [{', '.join(BUNDLE)}]")
    book.write("book/play.md", "# Formulae\n\nOne is $x^2$.\n")
    book.write("book/front.md", "# Words\n\nNothing else.\n")
    return book


@pytest.fixture(scope="module")
def built(layout):
    result = layout.build()
    assert result.ok, result.log
    return result


@pytest.fixture
def read(built):
    """A function from a page's name to what stands in its head, in its text and behind it."""
    def parts(name):
        page = BeautifulSoup(built.page(name), "html.parser")
        behind = [tag for tag in page.main.find_all_next("script") if page.main not in tag.parents]
        return page.head.find_all(True), page.main.find_all(True), behind

    return parts


def scripts(tags):
    """Addresses of scripts, or else what they say."""
    return [tag.get("src") or tag.string for tag in tags if tag.name == "script"]


def places(found, names):
    """Where each name stands among scripts: as often as there are scripts that have it."""
    return [[i for i, script in enumerate(found) if name in script] for name in names]


@pytest.mark.parametrize("name", PAGES)
def test_scripts_stand_behind_the_text_in_their_order(read, name):
    head, text, end = read(name)
    assert [tag for tag in head if tag.name == "link" and tag["rel"] == ["stylesheet"]]
    kept, chosen = scripts(head)
    assert 'dataset.theme = localStorage.getItem("theme")' in kept, "nothing is painted before its colours are known"
    assert "prefers-color-scheme" in chosen, "and where a reader chose none, those of the system are taken at once"
    assert [tag for tag in text if tag.name == "script" and tag.get("src")] == []
    found = places(scripts(end), ORDER)
    assert all(len(place) == 1 for place in found) and found == sorted(found)


@pytest.mark.parametrize("name", PAGES)
def test_what_no_page_uses_is_not_fetched(read, name):
    head, _, end = read(name)
    assert [tag for tag in head if tag.name == "link" and "preload" in tag["rel"]] == []
    assert [script for script in scripts(end) if any(one in script for one in UNUSED)] == []


def test_a_formula_needs_no_script(read):
    _, text, _ = read("book/play")
    formula, = [tag for tag in text if tag.name == "math"]
    assert [tag.name for tag in formula.find_all(True)] == ["mrow", "msup", "mi", "mn"]


def test_what_browsers_fetch_for_developers_alone_is_not_on_the_site(built):
    brought = {path.name for path in Path(pydata_sphinx_theme.__file__).parent.rglob("*.map")}
    assert "pydata-sphinx-theme.js.map" in brought
    assert list(built.html.rglob("*.map")) == []
    assert (built.html / "_static/scripts/pydata-sphinx-theme.js").exists()


@pytest.mark.parametrize("name", PAGES)
def test_sheets_of_the_bundle_are_one_that_comes_first(read, name):
    sheets = [tag["href"].partition("_static/")[2].partition("?")[0] for tag in read(name)[0]
              if tag.name == "link" and tag["rel"] == ["stylesheet"]]
    assert sheets[0] == "bookkit-theme.css" and sheets.count(sheets[0]) == 1
    assert "bookkit.css" in sheets and not set(sheets) & set(BUNDLE)


def test_a_bundle_has_the_rules_that_pages_need_and_no_file_of_it_is_left(built):
    css = (built.html / SHEET).read_text("utf-8")
    assert css.startswith('@charset "UTF-8";') and css.count("@charset") == 1 and "@import" not in css
    assert ".bd-article" in css and ".fa-bars:before" in css
    assert ".fa-beer-mug-empty" not in css and ".sd-card" not in css
    assert [name for name in BUNDLE if (built.html / "_static" / name).exists()] == []
    assert "Bootstrap Authors" in css, "the note on its licence"


def test_the_font_of_icons_has_what_pages_show(built):
    fonts = [path.relative_to(built.html / "_static").as_posix() for path in built.html.rglob("fa-*")]
    assert sorted(fonts) == [f"vendor/fontawesome/webfonts/fa-{name}.woff" for name in ("regular-400", "solid-900")]
    css = (built.html / SHEET).read_text("utf-8")
    assert "url(vendor/fontawesome/webfonts/fa-solid-900.woff)" in css and "fa-brands-400" not in css
    assert css.count("woff2") == css.count(".ttf") == 0
    shown = set(re.findall(r"\bfa-(?!solid|lg)[a-z-]+", built.page("book/index")))
    assert "fa-bars" in shown
    drawn = TTFont(built.html / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff").getBestCmap()
    for name in shown:
        assert int(re.search(rf'\.{name}:before{{content:"\\([0-9a-f]+)"', css)[1], 16) in drawn


def test_a_class_that_a_page_gets_brings_its_rules_back_and_without_a_change_nothing_changes(built, layout):
    before = (built.html / SHEET).read_bytes()
    again = layout.build()
    assert again.ok and (built.html / SHEET).read_bytes() == before
    book = layout.copy(layout.path.with_name("carded"))
    book.write("book/play.md", "# Words\n\n```{card} A card\nOf words.\n```\n\n{fas}`beer-mug-empty`\n")
    carded = book.build()
    assert carded.ok, carded.log
    css = (carded.html / SHEET).read_text("utf-8")
    assert ".sd-card" in css
    font = TTFont(carded.html / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff").getBestCmap()
    assert int(re.search(r'\.fa-beer-mug-empty:before{content:"\\([0-9a-f]+)"', css)[1], 16) in font, "an icon more"


@pytest.mark.parametrize("name", PAGES)
def test_scripts_wait_for_the_text_but_the_one_that_inline_scripts_name(read, name):
    fetched = [tag for tag in read(name)[2] if tag.name == "script" and tag.get("src")]
    assert [NAMED_INLINE in tag["src"] for tag in fetched if not tag.has_attr("defer")] == [True]


def test_the_search_page_has_what_searches(read):
    head, text, end = read("search")
    found = places(scripts(head), [*ORDER[:2], "sphinx_highlight.js", "searchtools.js", "language_data.js",
                                   "searchindex.js"])
    assert all(len(place) == 1 for place in found) and found == sorted(found)
    assert places(scripts([*head, *text, *end]), ["fontawesome", ORDER[0]]) == [[], found[0]]


def test_the_address_of_a_bundle_changes_with_it(layout, built):
    def version(result):
        address, = re.findall(rf'/{SHEET}\?v=([0-9a-f]+)"', result.page("book/front"))
        assert address == hashlib.sha256((result.html / SHEET).read_bytes()).hexdigest()[:8]
        return address

    first = version(built)
    layout.write("book/play.md", "# Formulae\n\nOne is $x^2$. <i class='fa-solid fa-beer-mug-empty'></i>\n")
    assert version(layout.build()) != first, "a page that was not written again follows"
