"""Pages that the table of contents forgets."""

MESSAGE = "book/words.md: the book does not have this page; name it in _toc.yml, without .md"


def test_a_page_that_is_not_listed_is_named_and_fails_a_strict_build(make_book):
    book = make_book("fresh")
    for name in ("trained", "words"):
        book.edit("_toc.yml", f"  - file: book/{name}\n", "")
    (book.path / "book" / "trained.md").unlink()
    built = book.build()
    assert built.ok
    assert f"WARNING: {MESSAGE}" in built.log
    strict = book.build(BOOK_STRICT="1")
    assert not strict.ok
    assert f"the book has 1 fault(s):\n{MESSAGE}\n" in strict.log


def test_a_page_that_is_not_listed_is_not_read_wherever_it_lies(make_book):
    book = make_book("fresh")
    draft = "---\nfile_format: mystnb\n---\n\n# Draft\n\n```{code-cell}\nraise RuntimeError('a draft was run')\n```\n"
    for name in ("book/draft.md", "book/numbers.d/draft.md"):
        book.write(name, draft)
    built = book.build()
    assert built.ok, built.log
    assert not list(built.html.rglob("draft.html"))
    book.edit("_toc.yml", "  - file: book/words\n", "  - file: book/draft.md\n")
    assert "a draft was run" in book.build().log
