"""Passages: a claim's box links the sentences that it tests, wherever they stand, and no box is without one."""

import re
from collections import Counter

from bs4 import BeautifulSoup
from toybook import article, build, data, dead_links, text

MEASURE, BEFORE, DRAW, LEDGER = "book/ch01/measure", "book/ch01/before", "book/ch01/draw", "book/claims"
FAIR = "passage-coin_fair"


def links(built, docname, cid):
    """Where the links to a claim's passages lead, and what they say, in the order of the page."""
    found = BeautifulSoup(article(built, docname), "html.parser").select(f'a[href*="#passage-{cid}-"]')
    return [(link["href"], link.get_text().replace("\xa0", " ")) for link in found]


def sentence(built, docname, anchor):
    """The words that stand out when a link has led to an anchor."""
    soup = BeautifulSoup(article(built, docname), "html.parser")
    for tip in soup.select(".result-tip"):
        tip.decompose()
    found = soup.find(id=anchor)
    assert found is not None, f"{docname} has no {anchor}"
    whole = found if "passage" in found.get("class", ()) else found.find_parent(class_="passage")
    return " ".join(whole.get_text().split())


def test_the_box_links_each_sentence_that_cites_its_evidence_or_names_its_verdict(judged):
    _, built = judged
    assert links(built, MEASURE, "coin_fair") == [
        ("#passage-coin_fair-1", "“Whether the coin is fair: ….” (Measure)"),
        ("before.html#passage-coin_fair-1", "“It cites a share of 50% of 100 flips, …” (Before)"),
        ("before.html#passage-coin_fair-2", "“A later paragraph cites 50% again and looks …” (Before)"),
        ("draw.html#passage-coin_fair-1", "“Runs of the coin behind 50% heads.” (Draw)"),
        ("../index.html#passage-coin_fair-1", "“Its headline: 50%.” (A book of results)"),
    ]
    assert dead_links(built.html, f"{MEASURE}.html") == dead_links(built.html, f"{LEDGER}.html") == []


def test_a_link_leads_to_the_sentence_and_to_no_more(judged):
    _, built = judged
    assert sentence(built, MEASURE, f"{FAIR}-1") == "Whether the coin is fair: supported."
    assert sentence(built, BEFORE, f"{FAIR}-1") == (
        "It cites a share of 50% of 100 flips, with the interval [40, 60], on three lines.")
    assert sentence(built, BEFORE, f"{FAIR}-2").startswith("A later paragraph cites 50%")
    assert sentence(built, DRAW, f"{FAIR}-1") == "Runs of the coin behind 50% heads."
    # the pages of results lead to the number, which stands in the same sentence
    assert sentence(built, BEFORE, "r-coin_heads_share-3") == sentence(built, BEFORE, f"{FAIR}-1")
    assert sentence(built, BEFORE, "r-coin_flips_count") == "A second sentence cites bold 100 flips."


def test_the_author_marks_a_sentence_that_cites_nothing(judged):
    _, built = judged
    assert [where for where, _ in links(built, DRAW, "coin_gold")] == ["#passage-coin_gold-1"]
    assert sentence(built, DRAW, "passage-coin_gold-1") == "It shines like gold, some say."
    assert "Nobody weighed the coin. It shines like gold, some say. That proves nothing." in text(article(built, DRAW))


def test_a_box_folds_its_passages_and_the_ledger_all(judged):
    _, built = judged
    box = BeautifulSoup(article(built, MEASURE), "html.parser").find(id="claim-coin_fair")
    fold = box.select_one("details.claim-details details")
    assert fold.summary.get_text() == "In the text (5)" and len(fold.select("ul.passages > li")) == 5
    ledger = BeautifulSoup(article(built, LEDGER), "html.parser")
    row = ledger.find(id="row-claim-coin_fair").find_parent("tr")
    assert [one.summary.get_text() for one in row.select("details")] == ["Evidence", "In the text (5)"]
    assert links(built, LEDGER, "coin_gold") == [
        ("ch01/draw.html#passage-coin_gold-1", "“It shines like gold, some say.” (Draw)")]


def test_programs_read_the_same_addresses(judged):
    _, built = judged
    fair, gold = data(built, "claims/index.json", "claims")["claims"]
    assert fair["passages"][:2] == [f"https://toy.example/{MEASURE}.html#{FAIR}-1",
                                    f"https://toy.example/{BEFORE}.html#{FAIR}-1"]
    assert gold["passages"] == [f"https://toy.example/{DRAW}.html#passage-coin_gold-1"]


def test_no_page_has_an_id_twice(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    # one sentence of three claims, what is no running text, and a claim whose name ends like a count
    book.edit("code/toy/ledger.py", "    return [\n", '    return [\n        Claim(id="coin.fair-1", chapter=1, '
              'statement="S.", source="a", quote="q", expected="supported", '
              'criterion=_by_hand("T.", ("coin.heads.share",), _fair)),\n')
    book.edit(f"{BEFORE}.md", "# Before", "# Before\n\n{passage}`coin.gold` {passage}`coin.fair` So "
              "{r}`coin.heads.share`.\n\n| a |\n|---|\n| {r}`coin.heads.share` |\n\n"
              ":::{claim} coin.fair-1\nA note on {r}`coin.heads.share`.\n:::\n\n"
              ":::{admonition} Answer\n:class: dropdown\nIt is {r}`coin.heads.share`.\n:::")
    built = build(book, BOOK_STRICT="1")
    assert built.ok, built.log
    assert {sentence(built, BEFORE, f"passage-{name}-1") for name in ("coin_fair", "coin_fair-1", "coin_gold")} == {
        "So 50%."}
    assert len(links(built, BEFORE, "coin_fair-1")) == 5, "neither the table, nor the note, nor the answer"
    for path in built.html.rglob("*.html"):
        ids = Counter(re.findall(r'<[^>]+\sid="([^"]+)"', path.read_text("utf-8")))
        assert [name for name, count in ids.items() if count > 1] == [], path


def test_an_edit_of_one_page_rewrites_the_boxes_that_link_it(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit(f"{BEFORE}.md", "It cites a share", "Here is a share")
    again = build(book, BOOK_STRICT="1")
    assert again.ok and again.executed == [], again.log
    for page in (MEASURE, LEDGER):
        said = {words for _, words in links(again, page, "coin_fair")}
        assert "“Here is a share of 50% of 100 flips, …” (Before)" in said, said

    book.write(f"{BEFORE}.md", "# Earlier\n\n## Much\n\nOne {r}`coin.heads.share`.\n")
    again = build(book, BOOK_STRICT="1")
    said = [words for where, words in links(again, MEASURE, "coin_fair") if "before" in where]
    assert said == ["“One 50%.” (Earlier – Much)"]
    assert dead_links(again.html, f"{MEASURE}.html") == []

    # what a claim is judged by is declared in code, so pages that nobody edited get other anchors
    book.edit("code/toy/ledger.py", '("coin.weight.grams",)', '("coin.weight.grams", "coin.heads.share")')
    again = build(book, BOOK_STRICT="1")
    assert again.ok and again.executed == [], again.log
    assert sentence(again, BEFORE, "passage-coin_gold-1") == "One 50%."


def test_a_box_without_a_passage_fails_a_strict_build_and_only_that(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit(f"{DRAW}.md", "{passage}`coin.gold` ", "")
    line = book.read(f"{DRAW}.md").split("\n").index(":::{claim} coin.gold") + 1
    said = (f"{DRAW}.md:{line}: claim 'coin.gold' has no passage: no sentence of the running text cites a result that "
            "it is judged by, or names its verdict; put {passage}`coin.gold` before the sentence that it tests")
    strict = build(book, BOOK_STRICT="1")
    assert not strict.ok and said in strict.log and "'coin.fair' has no passage" not in strict.log
    loose = build(book)
    assert loose.ok and f"WARNING: {said}" in loose.log, loose.log
    assert "In the text" not in text(article(loose, DRAW)) and "In the text" in text(article(loose, MEASURE))


def test_a_verdict_that_the_text_was_not_written_for_names_the_marked_sentences(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit(f"{DRAW}.md", "{passage}`coin.gold`", "{passage}`coin.gold` {passage}`coin.fair`")
    book.edit("code/toy/ledger.py", 'expected="supported", criterion=_by_hand("A half',
              'expected="refuted", criterion=_by_hand("A half')
    built = build(book, BOOK_STRICT="1")
    line = next(n for n, words in enumerate(book.read(f"{DRAW}.md").split("\n"), 1) if "{passage}" in words)
    assert not built.ok and f"  {DRAW}:{line}: is marked as a passage of the claim" in built.log, built.log


def test_marks_that_mark_nothing_or_name_nothing_fail_the_build(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.write("book/ch01/quiet.md", "# Quiet {passage}`coin.fair`\n\n(source-a)=\n\nAt the end. "
                                     "{passage}`coin.fair`\n\n*Deep {passage}`coin.fair` down.*\n\n"
                                     "| {passage}`coin.gold` a |\n|---|\n\n{passage}`coin.fare` A sentence.\n")
    built = build(book)
    assert not built.ok
    lines = {int(line) for line in re.findall(r"quiet\.md:(\d+): \{passage\}`coin\.\w+` marks no sentence", built.log)}
    assert lines == {1, 5, 7, 9}, built.log
    assert "book/ch01/quiet.md:12: no claim has the id 'coin.fare'; the nearest are coin.fair" in built.log


def test_books_without_anchors_say_where_the_passages_are(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    built = build(book, builder="latex")
    assert built.ok, built.log
    tex = next((book.path / "_build" / "latex").glob("*.tex")).read_text("utf-8")
    assert "“It shines like gold, some say.” (Draw)" in tex
    assert "Nobody weighed the coin. It shines like gold" in " ".join(tex.split())
    assert "passage-coin" not in tex
