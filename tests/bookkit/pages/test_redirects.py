"""Redirects: old addresses lead on, with the anchor; what leads nowhere, in circles or to another one is refused."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from toybook import build, dead_links

from evidence.archive import writing
from serve import serving

OLD = "book/ch01/old"
RELEASED = {"claims": [{"id": "coin.gold", "page": OLD}, {"id": "coin.fair", "page": OLD}], "results": [],
            "figures": [{"id": "fig.coin-runs", "page": OLD, "line": 1}], "files": {"fig.coin-runs": {"csv": b"x"}},
            "build": {"version": "0.0.1", "date": "2026-01-01"}, "work": {}}


def declare(book, **redirects):
    lines = "".join(f"      {json.dumps(old)}: {json.dumps(new)}\n" for old, new in redirects.items())
    config = re.sub(r"    bookkit_redirects:\n(      .*\n)*", "", book.read("_config.yml"))
    book.write("_config.yml", f"{config}    bookkit_redirects:\n{lines}")


@pytest.fixture(scope="module")
def moved(make_shared_book):
    """What one old page had is on two pages now: claim and result on one, another claim and a figure on the other."""
    book = make_shared_book("results")
    writing.write(book.path / "records", "0.0.1", **RELEASED)
    declare(book, **{OLD: "book/ch01/measure", "old": "book/ch01/quiet#source-a"})
    built = build(book)
    assert built.ok, built.log
    return book, built


@pytest.mark.site
@pytest.mark.parametrize(("asked", "reached"), [
    (f"{OLD}.html", "book/ch01/measure.html"),
    (f"{OLD}.html#claim-coin_fair", "book/ch01/measure.html#claim-coin_fair"),
    (f"{OLD}.html?q=a%20b#at-coin_heads_share", "book/ch01/measure.html?q=a%20b#at-coin_heads_share"),
    (f"{OLD}.html#claim-coin_gold", "book/ch01/draw.html#claim-coin_gold"),
    (f"{OLD}.html#fig-coin-runs", "book/ch01/draw.html#fig-coin-runs"),
    (f"{OLD}.html#constructor", "book/ch01/measure.html#constructor"),
    ("old.html", "book/ch01/quiet.html#source-a"),
    ("old.html#quiet", "book/ch01/quiet.html#quiet"),
])
def test_an_old_address_leads_to_the_new_one_with_its_anchor(moved, browser, asked, reached):
    with serving(moved[1].html) as address:
        page = browser.new_page()
        said, hosts = [], []
        page.on("console", lambda message: said.append((message.location["url"], message.text)))
        page.on("request", lambda request: hosts.append(request.url))
        page.goto(f"{address}/{asked}")
        page.wait_for_url(f"{address}/{reached}")
        anchor = reached.partition("#")[2]
        if anchor not in ("", "constructor"):
            assert page.locator(f"[id='{anchor}']").count() == 1
        assert all(host.startswith(address) for host in hosts)
        assert [one for one in said if "old.html" in one[0] or "redirect.js" in one[0]] == []
        page.close()


@pytest.mark.site
def test_the_page_itself_is_accessible_and_leads_on_without_scripts(moved, browser):
    with serving(moved[1].html) as address:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}/{OLD}.html")
        page.wait_for_url(f"{address}/book/ch01/measure.html")
        context.close()
        page = browser.new_page()
        page.route("**/redirect.js*", lambda route: route.abort())
        page.goto(f"{address}/{OLD}.html")
        assert Axe().run(page).response["violations"] == []
        page.click("a")
        page.wait_for_url(f"{address}/book/ch01/measure.html")
        page.close()


def test_the_page_names_its_canonical_address_and_nothing_else_lists_it(moved):
    _, built = moved
    page = built.page(OLD)
    assert '<link rel="canonical" href="https://toy.example/book/ch01/measure.html">' in page
    assert "Content-Security-Policy" in page
    assert dead_links(built.html, f"{OLD}.html") == []
    for name in ("sitemap.xml", "searchindex.js", "ro-crate-metadata.json"):
        assert OLD not in (built.html / name).read_text("utf-8")


def test_redirects_that_are_declared_no_more_are_gone(moved, tmp_path):
    book = moved[0].copy(tmp_path / "book")
    declare(book, old="book/ch01/quiet")
    built = build(book)
    assert built.ok, built.log
    assert not (built.html / f"{OLD}.html").exists()
    assert "old.html" not in (built.html / "sitemap.xml").read_text("utf-8")
    assert (built.html / "old.html").exists()


def test_what_leads_nowhere_is_refused_line_by_line(moved, tmp_path):
    book = moved[0].copy(tmp_path / "book")
    declare(book, **{"a": "b", "b": "book/ch01/quiet", "c": "c", "d": "book/ch01/gone", "e": "book/ch01/draw#gone",
                     "book/ch01/quiet": "book/ch01/draw", "../f": "book/index", "g.html": "book/index",
                     "results/h": "book/index", "i#j": "book/index"})
    built = build(book)
    assert not built.ok
    for said in ("bookkit_redirects has 10 fault(s):", "'a' leads to 'b', which leads on to 'book/ch01/quiet'",
                 "'c' leads to 'c', which leads on to 'c'", "'d' leads to 'book/ch01/gone', and the book has no such",
                 "'e' leads to 'book/ch01/draw#gone', and that page has no such anchor",
                 "and the book has a page 'book/ch01/quiet'", "got '../f'", "got 'g.html'", "got 'results/h'",
                 "got 'i#j'"):
        assert said in built.log
