"""The page around the text: styles at its head, scripts at its end, and none that it has no use for."""

from pathlib import Path

import pydata_sphinx_theme
import pytest
from bs4 import BeautifulSoup

PAGES = ("book/index", "book/play", "genindex")
NAMED_INLINE = "documentation_options.js"  # by scripts that stand in the page
UNUSED = ("fontawesome", "mathjax", "searchtools", "language_data", "searchindex", "sphinx_highlight")
# Each needs the one before it.
ORDER = ("documentation_options.js", "doctools.js", "copybutton.js", "togglebutton.js",
         "DOCUMENTATION_OPTIONS.pagename", "bootstrap.js", "pydata-sphinx-theme.js")


@pytest.fixture(scope="module")
def built(make_shared_book):
    book = make_shared_book("explorable")
    book.edit("_config.yml", "mathjax_path: none.js",
              "html_math_renderer: mathml\n    templates_path: [code/bookkit/templates]")
    book.write("book/play.md", "# Formulae\n\nOne is $x^2$.\n")
    result = book.build()
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
    (colours,) = scripts(head)
    assert "dataset.theme" in colours, "nothing is painted before its colours are known"
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
def test_scripts_wait_for_the_text_but_the_one_that_inline_scripts_name(read, name):
    fetched = [tag for tag in read(name)[2] if tag.name == "script" and tag.get("src")]
    assert [NAMED_INLINE in tag["src"] for tag in fetched if not tag.has_attr("defer")] == [True]


def test_the_search_page_has_what_searches(read):
    head, text, end = read("search")
    found = places(scripts(head), [*ORDER[:2], "sphinx_highlight.js", "searchtools.js", "language_data.js",
                                   "searchindex.js"])
    assert all(len(place) == 1 for place in found) and found == sorted(found)
    assert places(scripts([*head, *text, *end]), ["fontawesome", ORDER[0]]) == [[], found[0]]
