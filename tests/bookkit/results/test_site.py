"""Results from the cell that publishes them to the pages that cite them: cold, warm and partly changed builds."""

import gzip
import json
import re
import shutil
import subprocess
import sys

import bibtexparser
import pytest
from toybook import article, build, data, dead_links, text

RESULTS = ("coin.flips.count", "coin.heads.share")


@pytest.fixture(scope="module")
def cold(make_shared_book):
    """A toy book, built once with warnings as errors; tests that edit it take a copy."""
    book = make_shared_book("results")
    book.edit("_config.yml", "execute:", "launch_buttons: {}\nexecute:")
    built = build(book, warnings_are_errors=True)
    assert built.ok, built.log
    return book, built


@pytest.fixture
def moved(cold, tmp_path):
    """A copy with everything built: Sphinx has read its pages again, because they moved, and no cell ran."""
    book = cold[0].copy(tmp_path / "book")
    built = build(book)
    assert built.ok and built.executed == [], built.log
    return book


def files(site, *patterns):
    return {path.relative_to(site).as_posix(): path.read_bytes()
            for pattern in patterns for path in site.rglob(pattern) if path.is_file()}


def test_prose_cites_results_that_a_later_page_publishes(cold):
    _, built = cold
    said = text(article(built, "book/ch01/before"))
    assert "It cites a share of 50% of 100 flips, with the interval [40, 60], on three lines." in said
    assert "bold 100 flips" in said
    assert "50% (95% CI [40, 60]) again" in said


def test_a_number_links_to_its_record_and_is_described_by_its_provenance(cold):
    _, built = cold
    html = article(built, "book/ch01/before")
    link = re.search(r'<a class="result" id="r-coin_heads_share" href="([^"]+)" aria-describedby="([^"]+)">50%</a>'
                     r'<span class="result-tip" role="tooltip" id="([^"]+)">(.*?)</span>', html)
    assert link[1] == "../../results/coin.heads.share/index.html"
    assert link[2] == link[3]
    for part in ("Share of heads", "coin.heads.share", "100 flips", "seeds 0, 1", "1 run", "torch 2", "commit ccc"):
        assert part in link[4].replace("\xa0", " "), part
    assert html.count(f'id="{link[3]}"') == 1


def test_pages_that_cite_load_the_script_and_no_page_has_it_inline(cold):
    _, built = cold
    for name in ("book/ch01/before", "results/index", "results/coin.heads.share/index"):
        assert re.search(r'<script defer(="defer")? src="[^"]*_static/bookkit\.js', built.page(name)), name
        assert not re.search(r"\son\w+=|javascript:", article(built, name))
    assert (built.html / "_static" / "bookkit.js").exists()
    assert (built.html / "_static" / "bookkit.css").exists()


def test_a_published_result_is_shown_once_below_its_cell(cold):
    _, built = cold
    html = article(built, "book/ch01/measure")
    assert "Share of heads: 50% (95% CI [40, 60]), 100 flips" in text(html)
    assert "<b>Share of heads</b>\n" not in html, "the cell's own form of the output"
    # an output that the author removed still publishes, and its cell is the anchor
    assert "Flips of the coin: 100" not in text(html)
    assert 'id="at-coin_flips_count"' in html


def test_the_page_of_a_result_says_all_that_is_known_of_it(cold):
    _, built = cold
    page = built.page("results/coin.heads.share/index")
    html = article(built, "results/coin.heads.share/index")
    said = text(html)
    assert "<title>Share of heads" in page
    for part in ("50.0% 95% interval 40.0% to 60.0%", "Methodcounted",
                 "Rests on100 flips",
                 "A cell of Measure publishes it", "from toy.coin import flips, heads",
                 "It cites a share of 50% of 100 flips, with the interval [40, 60], on three lines.",
                 "Fig. 1 in Draw: Runs of the coin behind 50% heads.", "coin.fair: The coin is fair. (supported)",
                 "deref verify coin.heads.share", "seeds 0, 1", "aaaaaaaa", "a test, 1 thread", "0.5 s",
                 "torch 2", "c" * 40, "Not released yet"):
        assert part in said, part
    assert re.search(r"type&#34;: &#34;Coin&#34;,\s+&#34;sides", html), "a configuration begins with its type"
    assert '<a href="record.json" download>' in html
    assert "bold 100" not in said, "a sentence that cites another result alone"


def test_no_link_of_any_page_is_dead(cold):
    _, built = cold
    pages = [path for path in files(built.html, "*.html") if path.startswith(("book/", "results/"))]
    assert "results/coin.flips.count/index.html" in pages
    assert {page: dead for page in pages if (dead := dead_links(built.html, page))} == {}


def test_every_result_can_be_cited_in_four_forms(cold):
    _, built = cold
    index = {row["id"]: row for row in data(built, "results/index.json", "results")["results"]}
    items = json.loads(gzip.decompress((built.html / "results/citations.csl.json.gz").read_bytes()))
    entries = gzip.decompress((built.html / "results/citations.ris.gz").read_bytes()).decode().split("ER  - \r\n")
    assert entries.pop() == "" and all(entry.startswith("TY  - DATA\r\nID  - ") for entry in entries)
    assert len(items) == len(entries) == len(RESULTS)
    for rid in RESULTS:
        html = article(built, f"results/{rid}/index")
        assert re.findall(r'<pre id="cite-(\w+)"', html) == ["plain"], "the others are files"
        for name in ("record.bib", "../citations.csl.json.gz", "../citations.ris.gz"):
            assert f'<a href="{name}" download>' in html
        (item,) = (one for one in items if one["number"] == rid)
        assert item["type"] == "dataset" and index[rid]["sha256"] in item["note"]
        assert sum(rid in entry and index[rid]["sha256"] in entry for entry in entries) == 1
        parsed = bibtexparser.parse_string((built.html / "results" / rid / "record.bib").read_text("utf-8"))
        assert not parsed.failed_blocks
        entry = parsed.entries[0].fields_dict
        cited = " ".join(field.value for field in entry.values())
        for part in ("Toy: a book of results", rid, "0.1.0", "c" * 12, index[rid]["sha256"]):
            assert part in cited, part
        assert re.fullmatch(r"0\.1\.0, not released, built from its source of \d{4}-\d\d-\d\d", entry["version"].value)
        assert "url" not in entry and "urldate" not in entry and "accessed" not in cited
        assert "No permanent address: a build that is not a release keeps none." in entry["note"].value
        plain = text(re.search(r'id="cite-plain"[^>]*>(.+?)</pre>', html)[1])
        assert entry["version"].value in plain and rid in plain and index[rid]["sha256"] in plain


def test_the_index_lists_every_result_for_people_and_programs(cold):
    _, built = cold
    index = data(built, "results/index.json", "results")
    assert [row["id"] for row in index["results"]] == list(RESULTS)
    share = index["results"][1]
    assert share["value"] == 0.5 and share["ci"] == [0.4, 0.6] and share["n"] == 100 and share["seeds"] == [0, 1]
    assert share["page"] == "book/ch01/measure"
    assert share["url"] == "https://toy.example/results/coin.heads.share/"
    for row in index["results"]:
        record = data(built, f"results/{row['id']}/record.json", "record")
        assert record["sha256"] == row["sha256"]
    for page in ("results/index", "book/results"):
        said = text(article(built, page))
        assert "Share of heads coin.heads.share 50.0% 40.0% to 60.0% 100 flips new" in said


def test_search_finds_results_and_claims_by_id_and_title(cold):
    _, built = cold
    script = (built.html / "searchindex.js").read_text("utf-8")
    index = json.loads(script[len("Search.setIndex("):-1])
    number = index["docnames"].index("results/coin.heads.share/index")
    assert (built.html / f"{index['docnames'][number]}.html").exists()
    assert index["titles"][number] == "Share of heads"
    assert [number, None] in index["alltitles"]["Share of heads"]
    # the id as an object: its last part below its prefix, with the page and the anchor on it
    assert any(entry[0] == number and entry[3:] == ["result", "share"] for entry in index["objects"]["coin.heads"])
    assert any(entry[3:] == ["claim-coin_fair", "fair"] for entry in index["objects"]["coin"])
    assert 'id="result"' in built.page("results/coin.heads.share/index")


def test_a_warm_build_writes_nothing_and_a_deleted_site_is_written_again_without_running(cold, moved):
    book, site = moved, moved.path / "_build" / "html"
    times = {path: path.stat().st_mtime_ns for path in (site / "results").rglob("index.html")}
    assert len(times) == 3
    warm = build(book)
    assert warm.ok and warm.executed == [] and "no targets are out of date" in warm.log
    assert {path: path.stat().st_mtime_ns for path in times} == times
    shutil.rmtree(warm.html)
    again = build(book)
    assert again.ok and again.executed == [], again.log
    shown = ("*.html", "record.json", "*.svg", "searchindex.js")
    before, after = files(cold[1].html, *shown), files(again.html, *shown)
    assert [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)] == []


def test_a_changed_result_rewrites_the_pages_that_cite_it_and_no_other(moved):
    book = moved
    quiet = [book.path / "_build" / "html" / f"{name}.html"
             for name in ("book/ch01/quiet", "results/coin.flips.count/index")]
    written = [path.stat().st_mtime_ns for path in quiet]
    book.edit("code/toy/coin.py", "SHARE = 0.5", "SHARE = 0.55")
    built = build(book)
    assert built.ok and built.executed == ["book/ch01/measure"], built.log
    for page in ("book/index", "book/ch01/before", "book/ch01/draw", "book/claims", "book/results", "results/index",
                 "results/coin.heads.share/index"):
        assert re.search(r"\b55(\.0)?%", article(built, page)), page
        assert not re.search(r"\b50(\.0)?%", article(built, page)), page
    assert data(built, "results/index.json", "results")["results"][1]["value"] == 0.55
    assert [path.stat().st_mtime_ns for path in quiet] == written

    # undone, the outputs kept from before are found again, and the pages follow
    book.edit("code/toy/coin.py", "SHARE = 0.55", "SHARE = 0.5")
    undone = build(book)
    assert undone.ok and undone.executed == []
    assert "50%" in article(undone, "book/index")


def test_a_result_that_is_gone_takes_its_page_along(cold, tmp_path):
    book = cold[0].copy(tmp_path / "book")
    book.edit("book/ch01/measure.md", 'flips("coin.flips.count")', 'flips("coin.flips.number")')
    book.edit("book/ch01/measure.md", "{r}`coin.flips.count`", "{r}`coin.flips.number`")
    book.edit("book/ch01/before.md", "{r}`coin.flips.count`", "{r}`coin.flips.number`")
    built = build(book)
    assert built.ok, built.log
    assert (built.html / "results" / "coin.flips.number" / "index.html").exists()
    assert not (built.html / "results" / "coin.flips.count").exists()
    script = (built.html / "searchindex.js").read_text("utf-8")
    assert "coin.flips.number" in script and "coin.flips.count" not in script


def test_two_builds_with_one_job_and_two_give_the_same_records(cold, make_book):
    _, built = cold
    other = build(make_book("results", executed=False), BOOK_JOBS="1", cli=True)
    assert other.ok, other.log
    assert files(other.html, "record.json") == files(built.html, "record.json")
    assert len(files(other.html, "record.json")) == len(RESULTS)


PLAIN = """
extensions = ["myst_nb", "bookkit"]
root_doc, include_patterns, project = "book/index", ["book/**"], "Toy"
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "dollarmath"]
nb_execution_mode, nb_render_plugin, numfig = "cache", "bookkit", True
bookkit_package, bookkit_ledger, html_theme = "toy", "toy.ledger", "basic"
html_baseurl = "https://toy.example/"
"""


def test_pages_that_several_processes_read_are_put_together(cold, make_book):
    # jupyter-book always reads in one process, so plain Sphinx, which its extensions also have to serve, does this
    book = make_book("results")
    book.write("conf.py", PLAIN)
    book.write("book/index.md", book.read("book/index.md") + "\n```{toctree}\nch01/before\nch01/measure\nch01/draw\n"
                                                             "ch01/quiet\nresults\nclaims\n```\n")
    ran = subprocess.run([sys.executable, "-m", "sphinx", "-W", "-j", "2", ".", "_build/html"], cwd=book.path,
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                         env=book.environment(PYTHONPATH=str(book.path / "code")))
    assert ran.returncode == 0 and "book/ch01/before .. book/" in ran.stdout, ran.stdout
    assert files(book.path / "_build" / "html", "record.json") == files(cold[1].html, "record.json")
    page = (book.path / "_build" / "html" / "book" / "ch01" / "before.html").read_text("utf-8")
    assert "50%\u00a0(95%\u00a0CI\u00a0[40,\u00a060])</a>" in page and 'href="draw.html#fig-coin-runs"' in page
