"""Replications on the pages of a book: in boxes, the ledger and the pages of results, and all together."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from replicas import replication, value
from toybook import article, build, data, text

from bookkit.parts.dot_plot import Dot, plot

RID = "coin.heads.share"


@pytest.fixture(scope="module")
def replicated(judged, tmp_path_factory):
    """A copy of the book of results, to which four replications and their page were added once it was built."""
    book = judged[0].copy(tmp_path_factory.mktemp("replicated") / "book")
    build(book)  # the pages' places
    record = data_record(judged[1])
    put(book, "one", value(record, 0.45, (0.3, 0.6)), offset=1000)
    put(book, "two", value(record, 0.9, (0.8, 1.0)), offset=2000)
    put(book, "three", replace(value(record, 0.5, (0.4, 0.6)), recipe="f" * 16), offset=3000)
    put(book, "same", value(record, 0.5, (0.4, 0.6)), offset=0, processor="<b>Another & one</b>")
    book.edit("_toc.yml", "  - file: book/claims", "  - file: book/claims\n  - file: book/replications")
    book.edit("book/ch01/quiet.md", "# Quiet", f"# Quiet\n\nOthers found {{others}}`{RID}`.")
    book.write("book/replications.md", "# Replications\n\n```{replications}\n```\n\n```{calibration}\n```\n")
    built = build(book, warnings_are_errors=True, BOOK_STRICT="1")
    assert built.ok, built.log
    return book, built


def data_record(built):
    from evidence.records import Record

    return Record.read(built.html / "results" / RID / "record.json")


def put(book, name, kept, **changes):
    book.write(f"records/replications/{name}.json", replication({RID: kept}, **changes).dumps())


def test_the_box_and_the_ledger_say_how_many_agree(replicated):
    _, built = replicated
    box = text(article(built, "book/ch01/measure"))
    assert "agrees in 2 of 3 replications; 1 finds it refuted" in box
    assert "A processor, seeds shifted by 2,000: refuted" in box
    assert "&lt;b&gt;Another &amp; one&lt;/b&gt;, seeds those of the book: supported" in box
    ledger = text(article(built, "book/claims"))
    assert "agrees in 2 of 3 replications; 1 finds it refuted" in ledger
    assert ledger.count("replications") == 1, "a claim that no replication ran"


def test_a_sentence_says_what_other_seeds_found(replicated):
    assert "Others found 45% and 90%." in text(article(replicated[1], "book/ch01/quiet")), "those of other seeds alone"


def test_the_page_of_a_result_draws_and_lists_them(replicated):
    _, built = replicated
    page = BeautifulSoup(article(built, f"results/{RID}/index"), "html.parser")
    (svg,) = page.select("svg.bookkit-dots")
    assert svg["role"] == "img" and len(svg.select("circle")) == 4
    assert svg["aria-label"].startswith("Dot plot. this build: 50.0%, interval 40.0% to 60.0%; replication 1: 45.0%")
    assert not svg.select("[style], script, style")
    rows = [[cell.get_text() for cell in row.select("td")]
            for row in page.select("#replications ~ .bookkit-table tbody tr")]
    assert [row[3] for row in rows] == ["45.0%", "50.0%", "90.0%"]
    assert rows[1][1] == "<b>Another & one</b>"
    assert "2 of 3 values lie in the interval of this build." in page.get_text()
    assert "Replications" not in article(built, "results/coin.flips.count/index"), "no replication ran it"


def test_the_page_of_replications_counts_values_inside_intervals(replicated):
    _, built = replicated
    said = text(article(built, "book/replications"))
    assert "three" in said and "0 of 2" in said, "it ran something else"
    assert "1 of 2 50%" in said.split("Values inside")[1], "those with other seeds alone"


def test_programs_read_the_verdicts(replicated):
    _, built = replicated
    fair, gold = data(built, "claims/index.json", "claims")["claims"]
    assert fair["replications"] == {"one": "supported", "same": "supported", "two": "refuted"}
    assert (fair["kind"], gold["replications"]) == ("finding", {})


def test_pages_follow_the_files(replicated, tmp_path):
    book = replicated[0].copy(tmp_path / "book")
    (book.path / "records" / "replications" / "two.json").unlink()
    built = build(book)
    assert built.ok and built.executed == [], built.log
    assert "agrees in 2 of 2 replications" in text(article(built, "book/ch01/measure"))
    assert "90.0%" not in article(built, f"results/{RID}/index")
    assert "1 of 1 100%" in text(article(built, "book/replications")), "one value is counted"
    assert "Others found 45%." in text(article(built, "book/ch01/quiet"))

    (book.path / "records" / "replications" / "one.json").unlink()
    none_counted = text(article(build(book), "book/replications"))
    assert "same" in none_counted and "with other seeds yet" in none_counted
    for left in (book.path / "records" / "replications").glob("*.json"):
        left.unlink()
    nothing = build(book)
    assert nothing.ok, nothing.log
    assert "Others found (no replication)." in text(article(nothing, "book/ch01/quiet"))
    said = text(article(nothing, "book/replications"))
    assert "There is no replication of this version yet." in said and "with other seeds yet" in said

    book.write("records/replications/bad.json", "{}")
    broken = build(book)
    assert not broken.ok and "replications/bad.json: expected the file to be an object with format" in broken.log


def test_a_build_that_leaves_open_what_the_text_settles_says_so_quietly(replicated, tmp_path):
    book = replicated[0].copy(tmp_path / "book")
    book.edit("code/toy/ledger.py", 'Verdict("supported" if low <= 0.5 <= high else "refuted", "")',
              'Verdict("unsettled" if low <= 0.5 <= high else "refuted", "c")')
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    box = article(built, "book/ch01/measure")
    assert "This build leaves it open; the text was written for “supported”." in text(box)
    assert "left open in 2 of 3 replications too; 1 refuted" in text(box)
    assert "claim-unsettled" in box and "claim-mismatch" not in box


def test_findings_and_what_is_exact_stand_apart(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit("code/toy/ledger.py", 'source="b", quote="all gold",',
              'source="ours", quote="all gold", kind="exact", power="One coin: it is gold.",')
    built = build(book)
    assert built.ok, built.log
    ledger = BeautifulSoup(article(built, "book/claims"), "html.parser")
    assert [one.get_text() for one in ledger.select("p.rubric")] == ["Findings", "What holds exactly"]
    assert [len(one.select("tbody tr")) for one in ledger.select(".claims-ledger")] == [1, 1]
    strip = ledger.find(class_="verdict-strip")
    assert [" ".join(line.get_text().split()) for line in strip.select("li")] == [
        "supported 1, all from the sources coin.fair", "not run 1, none from the sources coin.gold"]
    *_, folded = BeautifulSoup(article(built, "book/ch01/draw"), "html.parser").select(".claim details")
    assert folded.summary.get_text() == "Age of the criterion, power"
    assert [name.get_text() for name in folded.select("dt")] == ["Criterion", "Seeds"]
    box = text(article(built, "book/ch01/draw").replace("</dt>", " "))
    assert "Kind exact: an identity" in box and "Seeds One coin: it is gold." in box


@pytest.mark.parametrize("values", [[(0.5, (0.4, 0.6)), (0.9, None)], [(1, None), (1, None)], [(-2.0, (-3.0, 1e9))]])
def test_a_plot_is_well_formed_and_stays_on_its_sheet(values):
    points = [Dot(label=f"a < {number}", value=value, ci=ci) for number, (value, ci) in enumerate(values)]
    root = ElementTree.fromstring(plot(points, ("0 & 1", "2"), 'said "so"'))
    width = float(root.get("viewBox").split()[2])
    xs = [float(one.get(name)) for one in root.iter() for name in ("cx", "x1", "x2") if one.get(name)]
    assert xs and all(0 <= x <= width for x in xs)
    assert root.get("aria-label") == 'said "so"'
