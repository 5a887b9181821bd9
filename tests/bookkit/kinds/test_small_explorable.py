"""An explorable of another page in small: its figure, a stage that knows where the full one is, and what is a fault."""

import re

from explorable_book import FILES, ID
from toybook import article

PAGE = "book/front"


def test_a_small_stage_stands_behind_the_figure_and_leads_to_the_full_one(played):
    _, built = played
    html = article(built, PAGE)
    assert re.search(r'<div class="exhibit explorable is-small docutils container" id="explore-softmax-by-hand">', html)
    assert html.count("<svg") == 1 and 'aria-label="The arrows of the other page."' in html
    stage = re.search(r'</svg></div><div class="explorable-stage" ([^>]*)></div>', html)
    assert stage[1] == (f'data-explorable="explore-softmax-by-hand" data-module="softmax-by-hand" '
                        f'data-root="../explore/{ID}/" data-small="" data-home="play.html#explore-softmax-by-hand"')
    assert "More is on the other page." in html and "<figcaption" not in html, "it has a number on its own page"
    for name in FILES:
        assert f"_static/explore/{name}" in built.page(PAGE)


def test_no_id_is_on_a_page_twice(played):
    _, built = played
    ids = re.findall(r'\sid="([^"]+)"', built.page(PAGE))
    assert len(ids) == len(set(ids))


def test_other_formats_leave_it_out(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    built = book.build(builder="latex")
    assert built.ok, built.log
    tex = next((book.path / "_build" / "latex").glob("*.tex")).read_text("utf-8")
    assert tex.count("softmax-by-hand.pdf") <= 1 and "More is on the other page." not in tex


def test_faults_fail_the_build_with_page_and_line(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    line = book.read(f"{PAGE}.md").split("\n").index(f":::{{small-explorable}} {ID}") + 1
    with book.edited(f"{PAGE}.md", ":alt: The arrows of the other page.\n", ""):
        built = book.build()
        assert not built.ok
        assert f"{PAGE}.md:{line}: the small-explorable '{ID}' needs alternative text" in built.log
    with book.edited(f"{PAGE}.md", ID, "explore.softmax"):
        built = book.build()
        assert not built.ok
        assert f"{PAGE}.md:{line}: no page publishes the explorable 'explore.softmax'" in built.log
