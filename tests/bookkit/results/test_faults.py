"""What is wrong with citations and records fails the build, with page and line, until it is mended."""

from toybook import article, build


def test_faults_of_citations_fail_the_build_with_page_and_line_until_they_are_mended(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit("book/ch01/before.md", "A later paragraph cites", "It\nis {r}`coin.heads.shore` and")
    book.edit("book/index.md", "# A book of results", "# A book of {r}`coin.heads.share`")
    book.write("book/ch01/draw.md", book.read("book/ch01/draw.md") + (
        '\n```{code-cell}\nfrom toy.coin import flips\n\nflips("coin.flips.count")\n```\n'))
    book.edit("code/toy/coin.py", '"Share of heads", SHARE', '"Share of heads", SHARE + 0 * len("changed")')
    built = build(book, cli=True)
    assert not built.ok
    lines = book.read("book/ch01/before.md").split("\n")
    line = next(n for n, found in enumerate(lines, 1) if "coin.heads.shore" in found)
    assert (f"book/ch01/before.md:{line}: no page publishes the result 'coin.heads.shore'; "
            "the nearest are coin.heads.share") in built.log
    assert "book/index.md:1: the heading cites 'coin.heads.share'" in built.log
    line = book.read("book/ch01/measure.md").split("\n").index('flips("coin.flips.count")') + 1
    assert (f"book/ch01/measure.md:{line}: result 'coin.flips.count' is published twice, here and at "
            "book/ch01/draw:") in built.log
    assert "50.0%" in article(judged[1], "book/index"), "the other copy is left alone"

    again = build(book)
    assert not again.ok and again.executed == [] and "coin.heads.shore" in again.log
    for path in ("book/ch01/before.md", "book/index.md", "book/ch01/draw.md"):
        book.write(path, judged[0].read(path))
    mended = build(book)
    assert mended.ok, mended.log


def test_a_record_that_was_tampered_with_fails_the_build(judged, tmp_path):
    book = judged[0].copy(tmp_path / "book")
    book.edit("code/toy/publish.py", 'made.to_json()}', '{**made.to_json(), "value": 7}}')
    built = build(book)
    line = book.read("book/ch01/measure.md").split("\n").index('flips("coin.flips.count")') + 1
    assert not built.ok
    assert f"book/ch01/measure.md:{line}: the cell published something that is no book.result" in built.log
    assert "expected its content to have the hash" in built.log
