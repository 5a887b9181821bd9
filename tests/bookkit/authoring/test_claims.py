"""Claims: judged by every build, shown in a box and a ledger, and in a strict build not to be contradicted."""

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from made_up import record
from toybook import article, build, data, text

from bookkit.authoring.claims import evidence, word
from bookkit.results.verdicts import Judged, remark
from evidence.claims import SUPPORTED, ByHand, Claim, Verdict, judge
from evidence.claims.standing import standing


def test_a_box_shows_statement_verdict_evidence_and_source(judged):
    _, built = judged
    html = article(built, "book/ch01/measure")
    box = html[html.index('id="claim-coin_fair"'):]
    said = text(box)
    order = [said.index(part) for part in ("Claim coin.fair: supported", "The coin is fair.", "author’s remark names")]
    assert order == sorted(order)
    for part in ("A half lies in the interval.", "Share of heads: 50% [40, 60]",
                 "“99 % fair” (A source)"):
        assert part in said, part
    assert 'href="quiet.html#source-a">A source</a>' in box
    assert 'href="../../results/coin.heads.share/index.html"' in box
    assert "This build found" not in said
    assert 'href="https://b.example/">Another source</a>' in article(built, "book/ch01/draw")


def test_a_sentence_names_the_verdict_of_this_build(judged):
    _, built = judged
    assert ('Whether the coin is fair: <a class="reference internal" href="#claim-coin_fair">supported</a>.'
            in article(built, "book/ch01/measure"))


@pytest.mark.parametrize(("there", "said"), [((), "not run"), (("n0",), "run in part"), (("n0", "n1"), SUPPORTED)])
def test_a_sentence_says_that_nothing_was_run_where_nothing_was(there, said):
    claim = Claim(id="coin.two", chapter=6, statement="Two.", source="ours", quote="two", expected="supported",
                  criterion=ByHand(needs=("n0", "n1"), text="All.", reason="a stand-in",
                                   function=lambda results: Verdict(SUPPORTED)))
    records = {rid: record(rid) for rid in there}
    one = Judged(claim=claim, verdict=judge(claim, records), standing=standing(claim, {}, {}, ()),
                 evidence={rid: records.get(rid) for rid in claim.needs})
    assert word(one) == said


def test_the_ledger_lists_all_claims_and_is_linked_both_ways(judged):
    _, built = judged
    ledger = article(built, "book/claims")
    assert 'href="ch01/measure.html#claim-coin_fair">coin.fair</a>' in ledger
    assert '<p id="row-claim-coin_fair">' in ledger
    assert 'href="../claims.html#row-claim-coin_fair">All claims</a>' in article(built, "book/ch01/measure")
    row = BeautifulSoup(ledger, "html.parser").find(id="row-claim-coin_fair").find_parent("tr")
    assert {"verdict-supported", "source-a", "chapter-1", "replications-none"} <= set(row["class"])
    assert [" ".join(cell.get_text().split()) for cell in row.select("td")][1:] == ["supported", "A source"]
    assert "Share of heads: 50%" in " ".join(row.details.get_text().split()), "the evidence, folded"
    assert text(ledger).index("coin.fair The coin is fair.") < text(ledger).index("coin.gold The coin is gold.")


def test_a_strip_has_a_square_for_each_claim(judged):
    _, built = judged
    strip = BeautifulSoup(article(built, "book/claims"), "html.parser").find(class_="verdict-strip")
    assert [" ".join(line.get_text().split()) for line in strip.select("li")] == [
        "supported 1 coin.fair", "not run 1 coin.gold"]
    fair = strip.find("a", class_="verdict-square")
    assert (fair["href"], fair["title"]) == ("ch01/measure.html#claim-coin_fair", "coin.fair: The coin is fair.")


def test_programs_read_the_same(judged):
    _, built = judged
    fair, gold = data(built, "claims/index.json", "claims")["claims"]
    assert (fair["id"], fair["verdict"], fair["expected"]) == ("coin.fair", "supported", "supported")
    assert fair["evidence"] == [{"id": "coin.heads.share", "value": 0.5,
                                 "url": "https://toy.example/results/coin.heads.share/"}]
    assert (fair["page"], fair["url"]) == (
        "book/ch01/measure", "https://toy.example/book/ch01/measure.html#claim-coin_fair")
    assert (gold["verdict"], gold["evidence"][0]["value"]) == ("not run", None)


def test_a_verdict_that_the_text_was_not_written_for(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit("code/toy/coin.py", "SHARE, (0.4, 0.6)", "SHARE + 0.2, (0.6, 0.8)")
    built = build(book)
    assert built.ok, built.log
    for page in ("book/ch01/measure", "book/claims"):
        assert "This build found “refuted”; the text was written for “supported”." in text(article(built, page))
    assert "Claim coin.fair: refuted" in text(article(built, "book/ch01/measure"))
    assert "This build found" not in article(built, "book/ch01/draw"), "a claim that was not run"
    assert "coin.fair: The coin is fair. (refuted)" in text(article(built, "results/coin.heads.share/index"))
    assert data(built, "claims/index.json", "claims")["claims"][0]["verdict"] == "refuted"

    strict = build(book, BOOK_STRICT="1")
    assert not strict.ok and strict.executed == []
    line = book.read("book/ch01/measure.md").split("\n").index(":::{claim} coin.fair") + 1
    assert f"book/ch01/measure.md:{line}: claim 'coin.fair': this build found 'refuted'" in strict.log
    assert "the text was written for 'supported'" in strict.log
    for where, sentence in (
            ("book/ch01/before", "It cites a share of 70% of 100"), ("book/index", "Its headline: 70%"),
            ("book/ch01/measure", "names the verdict"), ("book/ch01/draw", "Runs of the coin behind")):
        lines = [found for found in strict.log.split("\n") if found.startswith(f"  {where}:")]
        assert any(sentence in found.replace("\xa0", " ") for found in lines), (where, lines)
    assert "'coin.gold'" not in strict.log

    book.edit("code/toy/ledger.py", 'expected="supported", criterion=_by_hand("A half',
              'expected="refuted", criterion=_by_hand("A half')
    rewritten = build(book, BOOK_STRICT="1")
    assert rewritten.ok, rewritten.log
    assert "This build found" not in article(rewritten, "book/ch01/measure")


def test_claims_that_nobody_declared_and_second_boxes_fail_the_build(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.write("book/ch01/quiet.md", "# Quiet\n\n(source-a)=\n\n:::{claim} coin.fare\n:::\n\n"
                                     ":::{claim} coin.gold\n:::\n")
    book.edit("book/ch01/before.md", "# Before", "# Before\n\nIt is {verdict}`coin.far`.")
    built = build(book)
    assert not built.ok
    assert "book/ch01/quiet.md:5: no claim has the id 'coin.fare'; the nearest are coin.fair" in built.log
    assert "book/ch01/before.md:3: no claim has the id 'coin.far'" in built.log
    assert "book/ch01/quiet.md:8: claim 'coin.gold' has a box twice, here and at book/ch01/draw:" in built.log


@pytest.mark.parametrize(("count", "said"), [(8, None), (11, "3 more")])
def test_more_evidence_than_one_reads_is_folded(count, said):
    claim = Claim(id="coin.many", chapter=6, statement="Much.", source="ours", quote="much",
                  expected="supported", criterion=ByHand(
                      needs=tuple(f"coin.n{i}" for i in range(count)), text="All.", reason="a stand-in",
                      function=lambda results: Verdict(SUPPORTED)))
    one = Judged(claim=claim, verdict=judge(claim, {}), standing=standing(claim, {}, {}, ()),
                 evidence=dict.fromkeys(claim.needs))
    shown, *rest = evidence(one)
    assert len(shown.children) == 8
    assert [fold["summary"] for fold in rest] == ([said] if said else [])
    listed = [item.astext() for part in evidence(one) for item in part.findall(nodes.list_item)]
    assert listed == [f"{rid}: not run" for rid in claim.needs]


@pytest.mark.parametrize(("expected", "found", "said"), [
    ("not run", SUPPORTED, "The text was written before it was run."), ("not run", "not run", ""),
    ("not run", "unsettled", "The text was written before it was run."), (SUPPORTED, SUPPORTED, ""),
    ("unsettled", SUPPORTED, "This build finds it supported; the text was written for a claim that runs leave open.")])
def test_a_box_says_quietly_where_its_text_knew_less(expected, found, said):
    claim = Claim(id="coin.late", chapter=6, statement="Late.", source="ours", quote="late", expected=expected,
                  criterion=ByHand(needs=("coin.n",), text="All.", reason="a stand-in",
                                   function=lambda results: Verdict(SUPPORTED)))
    one = Judged(claim=claim, verdict=Verdict(found, "because"), standing=standing(claim, {}, {}, ()),
                 evidence={"coin.n": None})
    assert remark(one) == said
