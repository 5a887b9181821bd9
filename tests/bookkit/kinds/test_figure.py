"""Figures: placed once, numbered, described, readable in the dark, and downloadable under stable names."""

import re
import shutil

import pytest
from toybook import article, build, text

from bookkit.parts import svg

DRAWING = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" width="9pt">
<metadata>made by a program</metadata><style>*{stroke-linecap:butt}</style><title>t</title>
<clipPath id="c"><path id="p" d="M0 0"/></clipPath>
<g id="g" clip-path="url(#c)" style="fill: #000000; stroke: #0000ff"><use xlink:href="#p" href="#elsewhere"/></g>
<path stroke="black" fill="#000" style="stroke: #0008"/><rect fill="blackberry"/>
</svg>"""


def test_an_inline_drawing_clashes_with_nothing_and_follows_the_text():
    made = svg.inline(DRAWING, "fig_a", 'A "quoted" & described drawing')
    assert re.findall(r'\bid="([^"]+)"', made) == ["fig_a-c", "fig_a-p", "fig_a-g"]
    assert 'clip-path="url(#fig_a-c)"' in made and 'xlink:href="#fig_a-p"' in made
    assert 'href="#elsewhere"' in made, "a target outside the drawing stays"
    assert "fill: currentColor; stroke: #0000ff" in made and 'stroke="currentColor" fill="currentColor"' in made
    assert "var(--exhibit-blue, #0072b2)" in svg.inline(DRAWING.replace("#0000ff", "#0072b2"), "fig_a", "x")
    assert "#0008" in made and "blackberry" in made
    assert 'role="img"' in made and 'aria-label="A &quot;quoted&quot; &amp; described drawing"' in made
    assert not re.search(r"<(style|metadata|title)|<\?xml", made)
    assert svg.inline(DRAWING, "fig_a", "x") == svg.inline(DRAWING, "fig_a", "x")


def test_a_name_that_a_drawing_has_twice_stands_once():
    twice = f'<svg xmlns="{svg.SVG}"><g id="a"/><g id="a"/><g id="b"/></svg>'
    assert re.findall(r'\bid="([^"]+)"', svg.inline(twice, "fig", "x")) == ["fig-a", "fig-b"]


@pytest.mark.parametrize("drawing", ["<svg", "<p/>", '<svg xmlns="http://example.org/"/>'])
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(ValueError, match="expected an SVG drawing"):
        svg.inline(drawing, "x", "y")


def test_a_figure_stands_where_its_exhibit_is_and_only_there(judged):
    _, built = judged
    html = article(built, "book/ch01/draw")
    assert html.count("<svg") == 1 and "<img" not in html
    assert '<figure class="exhibit align-default" id="fig-coin-runs">' in html
    assert ('role="img" aria-label="Three runs of a coin, each a rising line that ends at 50% of 9.5 units."'
            in html), "numbers of an alternative text are the build's too"
    assert html.index("cell_input") < html.index("<figure")
    assert "cell_output" not in html
    assert re.search(r"Fig\. 1 Runs of the coin behind 50% heads\.", text(html))


def test_a_figure_can_be_referred_to_by_number_from_another_page(judged):
    _, built = judged
    html = article(built, "book/ch01/before")
    assert re.search(r'<a class="reference internal" href="draw\.html#fig-coin-runs">.*?Fig\. 1', html)


def test_a_figure_can_be_downloaded_under_stable_names(judged):
    _, built = judged
    html = article(built, "book/ch01/draw")
    for kind, head in (("svg", b"<?xml"), ("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("csv", b"step,heads")):
        assert f'href="../../figures/fig.coin-runs.{kind}"' in html
        assert (built.html / "figures" / f"fig.coin-runs.{kind}").read_bytes().startswith(head)
    assert "#000000" in (built.html / "figures" / "fig.coin-runs.svg").read_text(), "a download is as it was drawn"


def test_other_formats_get_a_file_that_they_can_use(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    built = build(book, builder="latex")
    assert built.ok and built.executed == [], built.log
    folder = book.path / "_build" / "latex"
    tex = next(folder.glob("*.tex")).read_text("utf-8")
    image = re.search(r"\\sphinxincludegraphics\{\{([0-9a-f]+)\}\.pdf\}", tex)
    assert (folder / f"{image[1]}.pdf").read_bytes().startswith(b"%PDF-")
    assert r"\caption{Runs of the coin behind" in tex
    assert "Download" not in tex and "<svg" not in tex
    assert r"50.0\%" in tex and "Share of heads" in tex and "supported" in tex


def test_faults_of_figures_fail_the_build_with_page_and_line(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    alt = next(line for line in book.read("book/ch01/draw.md").split("\n") if line.startswith(":alt:"))
    book.edit("book/ch01/draw.md", alt, ":class: wide")
    book.write("book/ch01/quiet.md", "# Quiet\n\n(source-a)=\n\n"
                                     ":::{exhibit} fig.coin-rums\n:alt: {r}`coin.head`.\n:::\n")
    book.write("book/ch01/before.md", book.read("book/ch01/before.md") + (
        "\n:::{exhibit} fig.coin-runs\n:alt: Again.\n\nOnce more.\n:::\n"))
    built = build(book)
    assert not built.ok
    line = book.read("book/ch01/draw.md").split("\n").index(":::{exhibit} fig.coin-runs") + 1
    assert f"book/ch01/draw.md:{line}: the exhibit 'fig.coin-runs' needs alternative text" in built.log
    assert f"book/ch01/draw.md:{line}: figure 'fig.coin-runs' is placed in the text twice" in built.log
    assert ("book/ch01/quiet.md:5: no page publishes the figure 'fig.coin-rums'; the nearest are fig.coin-runs"
            in built.log)
    assert "book/ch01/quiet.md:5: no page publishes the result 'coin.head'" in built.log
    assert "book/ch01/quiet.md:5: the exhibit 'fig.coin-rums' needs a caption" in built.log


def test_a_figure_that_no_page_shows_and_one_that_is_no_drawing_fail_the_build(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    text = book.read("book/ch01/draw.md")
    book.write("book/ch01/draw.md", text[:text.index(":::{exhibit}")])
    book.edit("book/ch01/before.md", "{numref}`fig.coin-runs`", "nothing")
    built = build(book)
    assert not built.ok
    line = text.split("\n").index("```{code-cell}") + 1
    assert f"book/ch01/draw.md:{line}: no page shows the figure 'fig.coin-runs'" in built.log

    book.write("book/ch01/draw.md", text)
    book.edit("code/toy/drawing.py", "</svg>", "</g>")
    broken = build(book)
    assert not broken.ok
    assert f"book/ch01/draw.md:{line}: the cell published something that is no book.figure" in broken.log


def test_a_figure_survives_a_deleted_store_of_its_files(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    assert build(book).ok
    shutil.rmtree(book.path / "_build" / ".doctrees" / "bookkit-figures")
    shutil.rmtree(book.path / "_build" / "html")
    built = build(book)
    assert built.ok and built.executed == [], built.log
    assert "<svg" in article(built, "book/ch01/draw")
