"""Pages as other people's editors and habits leave them: what cells read, how lines end, what cannot be shown."""

import pytest

HEAD = "---\nfile_format: mystnb\n---\n\n# {}\n\n"


def page(*cells, before=""):
    fences = "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells)
    return HEAD.format("A page") + before + fences + "\n"


@pytest.fixture(scope="module")
def built(make_shared_book):
    """A book of one chapter, built cold."""
    book = make_shared_book("fresh")
    for name in ("trained", "words"):
        book.edit("_toc.yml", f"  - file: book/{name}\n", "")
        (book.path / "book" / f"{name}.md").unlink()
    made = book.build()
    assert made.ok, made.log
    return book


@pytest.fixture
def book(built, tmp_path):
    return built.copy(tmp_path / "book")


def chapters(book, cells):
    """Put a chapter for each cell into the book, beside the one that it has; returns their names."""
    names = [f"book/page{number}" for number, _ in enumerate(cells)]
    lines = "".join(f"  - file: {name}\n" for name in names)
    book.edit("_toc.yml", "  - file: book/numbers\n", f"  - file: book/numbers\n{lines}")
    for name, cell in zip(names, cells, strict=True):
        book.write(f"{name}.md", page(cell))
    return names


def test_a_file_that_a_cell_names_is_part_of_what_it_depends_on(book):
    cells = [":load: helper0.py", "---\nload: helper1.py\n---", "%run helper2.py",
             "!{__import__('sys').executable} 'helper3.py'", "import helper4", "exec(open('helper5.py').read())",
             "from pathlib import Path\nexec((Path('parts') / 'helper6.py').read_text())"]
    files = [f"book/{'parts/' * (number == 6)}helper{number}.py" for number, _ in enumerate(cells)]
    for number, file in enumerate(files):
        book.write(file, f"print('file {number} says', 1)\n")
    names = chapters(book, cells)
    first = book.build()
    assert (first.executed, first.ok) == (names, True), first.log
    assert [f"file {number} says 1" in first.page(name) for number, name in enumerate(names)] == [True] * len(names)
    assert book.build().executed == []
    for part in (slice(0, None, 2), slice(1, None, 2)):  # so that no page takes a file of another for its own
        for number in range(len(files))[part]:
            book.write(files[number], f"print('file {number} says', 2)\n")
        edited = book.build()
        assert edited.executed == names[part], edited.log
        assert [f"file {number} says 2" in edited.page(names[number]) for number in range(len(names))[part]] == \
            [True] * len(names[part])


def test_what_a_module_or_script_of_a_cell_reads_is_part_of_it_too(book):
    beside = "(__import__('pathlib').Path(__file__).parent / 'data2.csv').read_text()"
    cases = [
        ("%run helper0.py", "book/helper0.py", "open('data0.csv').read()", "book/data0.csv"),
        ("import helper1", "book/helper1.py", "open('data1.csv').read()", "book/data1.csv"),
        ("from parts.helper2 import said", "book/parts/helper2.py", beside, "book/parts/data2.csv"),
        ("import mini.data3", "code/mini/data3.py", "Path(__file__).with_name('data3.csv').read_text()",
         "code/mini/data3.csv"),
        ("import mini.data4", "code/mini/data4.py", "open(join(dirname(__file__), 'sub', 'data4.csv')).read()",
         "code/mini/sub/data4.csv"),
    ]
    for _, helper, code, data in cases:
        book.write(helper, "from os.path import dirname, join\nfrom pathlib import Path\n\n"
                           f"said = {code}\nprint('the data say', said)\n")
        book.write(data, "1")
    names = chapters(book, [cell for cell, *_ in cases])
    first = book.build()
    assert ["the data say 1" in first.page(name) for name in names] == [True] * len(names), first.log
    assert book.build().executed == []
    for part in (slice(0, None, 2), slice(1, None, 2)):
        for *_, data in cases[part]:
            book.write(data, "2")
        edited = book.build()
        assert edited.executed == names[part], edited.log
        assert ["the data say 2" in edited.page(name) for name in names[part]] == [True] * len(names[part])


def test_a_variable_of_the_environment_that_a_cell_or_its_script_names_is_part_of_it(book):
    book.write("book/helper.py", "from os import environ\nprint('it is', environ['MINE'])\n")
    names = chapters(book, ["import os\nprint('it is', os.environ.get('MINE'))", "%run helper.py"])
    first = book.build(MINE="1")
    assert (first.executed, ["it is 1" in first.page(name) for name in names]) == (names, [True, True])
    assert book.build(MINE="1", OTHER="3").executed == []
    second = book.build(MINE="2")
    assert (second.executed, ["it is 2" in second.page(name) for name in names]) == (names, [True, True])


def test_code_from_a_file_may_import_the_books_own_modules(book):
    book.write("book/half.py", "from mini.numbers import halve\n\nprint('half is', halve(8))\n")
    book.write("book/numbers.md", page(":load: half.py"))
    assert "half is 4.0" in book.build().page("book/numbers")
    book.edit("code/mini/numbers.py", "/ 2", "/ 4")
    assert "half is 2.0" in book.build().page("book/numbers")


@pytest.mark.parametrize(("cell", "said"), [
    (":load: nowhere.py", "numbers.md:8: expected :load: to name a file of code, got nowhere.py"),
    (":load: ../book", "numbers.md:8: expected :load: to name a file of code, got ../book"),
    (":load: helper.py\n\nx = 1", "numbers.md:8: expected a cell with :load: helper.py to be empty, got code in it"),
    ("%load helper.py", "numbers.md:8: expected code that runs, got %load"),
])
def test_code_that_cannot_be_loaded_is_refused_with_its_line(book, cell, said):
    book.write("book/helper.py", "x = 2\n")
    book.write("book/numbers.md", page(cell))
    built = book.build()
    assert not built.ok
    assert said in built.log


def test_an_error_in_a_loaded_file_names_that_file(book):
    book.write("book/helper.py", "x = 1\nx / 0\n")
    book.write("book/numbers.md", page(":load: helper.py"))
    built = book.build()
    assert not built.ok
    assert "book/helper.py:2: cell 1 of 1 raised ZeroDivisionError" in built.log


def test_a_byte_order_mark_changes_nothing(book):
    text = book.read("book/numbers.md").replace("halve(8)", "halve(10)")
    (book.path / "book/numbers.md").write_bytes(b"\xef\xbb\xbf" + text.encode())
    built = book.build()
    assert (built.executed, built.ok) == (["book/numbers"], True), built.log
    assert "eight is 5.0" in built.page("book/numbers")
    assert "eight is 5.0" in book.read("_build/executed/book/numbers.ipynb")
    assert book.build().executed == []


MARK, LATIN = b"\xef\xbb\xbfx = 1\n", b"# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n"


@pytest.mark.parametrize(("file", "cell", "data", "said"), [
    ("book/helper.py", "import helper", MARK, "1: expected Python in UTF-8, got a byte-order mark"),
    ("code/mini/helper.py", "import mini.helper", MARK, "1: expected Python in UTF-8, got a byte-order mark"),
    ("book/helper.py", "import helper", LATIN, "2: expected Python in UTF-8, got the byte 0xe9"),
    ("code/mini/helper.py", "import mini.helper", LATIN, "2: expected Python in UTF-8, got the byte 0xe9"),
    ("book/helper.py", "import helper", b"x = 1\n)\n", "2: unmatched ')'"),
])
def test_code_that_is_read_otherwise_than_python_reads_it_is_refused_with_its_line(book, file, cell, data, said):
    (book.path / file).write_bytes(data)
    (book.path / file).with_name("another.py").write_bytes(b"\xff")  # that nobody imports
    book.write("book/numbers.md", page(cell))
    built = book.build()
    assert not built.ok
    assert f"{file}:{said}" in built.log
    assert "Traceback" not in built.log and "threw an exception" not in built.log


def test_a_mark_in_a_file_that_a_cell_loads_is_refused_with_the_cell_s_line(book):
    (book.path / "book/helper.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    book.write("book/numbers.md", page(":load: helper.py"))
    built = book.build()
    assert "numbers.md:8: expected :load: to name a file of code, got helper.py, with a byte-order mark" in built.log


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_what_ends_lines_in_markdown_ends_them_here(book, end):
    text = book.read("book/numbers.md").replace("halve(8))", "halve(10))\n1 / 0")
    (book.path / "book/numbers.md").write_bytes(text.replace("\n", end).encode())
    built = book.build()
    assert "numbers.md:14: cell 1 of 1 raised ZeroDivisionError" in built.log
    (book.path / "book/numbers.md").write_bytes(text.replace("\n1 / 0", "").replace("\n", end).encode())
    built = book.build()
    assert built.ok, built.log
    assert "eight is 5.0" in built.page("book/numbers")
    assert "```" not in built.page("book/numbers")


@pytest.mark.parametrize(("odd", "name"), [
    ("\u2028", "a line separator (U+2028)"), ("\u2029", "a paragraph separator"), ("\f", "a form feed"),
    ("\v", "a vertical tab"), ("\x85", "a next-line character"), ("\x1e", "a record separator")])
def test_what_ends_lines_elsewhere_is_refused_with_its_line(book, odd, name):
    book.edit("book/numbers.md", "Half of eight,", f"Half of{odd}eight,")
    built = book.build()
    assert not built.ok
    assert f"book/numbers.md:9: expected line feeds as the only line ends of a page with cells, got {name}" in built.log


def test_odd_line_ends_in_a_page_without_cells_do_no_harm(book):
    book.write("book/index.md", "# A miniature\u2028book\n\nProse\fonly; nothing\x85here runs.\n")
    built = book.build()
    assert built.ok, built.log
    assert "nothing" in built.page("book/index")


@pytest.mark.parametrize(("data", "line"), [(b"# A\n\ncaf\xe9\n", 3), ("# A\n".encode("utf-16"), 1)],
                         ids=["Latin-1", "UTF-16"])
@pytest.mark.parametrize("name", ["numbers", "index"])
def test_a_page_that_is_not_utf_8_is_refused_with_its_line(book, name, data, line):
    (book.path / f"book/{name}.md").write_bytes(data)
    built = book.build()
    assert not built.ok
    assert f"book/{name}.md:{line}: expected a page in UTF-8" in built.log


@pytest.mark.parametrize(("text", "said"), [
    ("# No header\n\n```{code-cell}\n1\n```\n", "book/index.md:3: Found an unexpected code cell"),
    ("# Nested\n\n- a list\n\n  ```{code-cell}\n  1\n  ```\n", "book/index.md:5: Found an unexpected code cell"),
    ("# Included\n\n```{include} numbers.md\n```\n", "numbers.md:"),
])
def test_a_cell_that_nothing_runs_fails_the_build(book, text, said):
    book.write("book/index.md", text)
    built = book.build()
    assert not built.ok
    assert said in built.log
    assert "Found an unexpected code cell" in built.log


SHOW = "from IPython.display import {0}\n{1}"
BLANK = {
    "frame": (SHOW.format("IFrame", "IFrame('https://a.example/', 9, 9)"), "an iframe"),
    "own frame": (SHOW.format("IFrame", "IFrame('index.html', 9, 9)"), "an iframe"),
    "script": (SHOW.format("Javascript", "Javascript('1')"), "a script"),
    "plotly": (SHOW.format("HTML", "HTML('<div id=a></div><script>Plotly.newPlot(a)</script>')"), "a script"),
    "bokeh": (SHOW.format("display", "display({'application/vnd.bokehjs_exec.v0+json': '', 'text/html': "
                          "'<SCRIPT type=\"text/javascript\">1</SCRIPT>'}, raw=True)"), "a script"),
    "widget": (SHOW.format("display", "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'a'}, "
                           "'text/plain': 'w'}, raw=True)"), "a widget"),
    "only plotly": (SHOW.format("display", "display({'application/vnd.plotly.v1+json': {}}, raw=True)"),
                    "only application/vnd.plotly.v1+json"),
    "handler": (SHOW.format("HTML", "HTML('<button onclick=\"f()\">x</button>')"), "a script (onclick)"),
    "link": (SHOW.format("HTML", "HTML('<a href=\"JavaScript:f()\">x</a>')"), "a script (in a link)"),
    "markdown": (SHOW.format("Markdown", "Markdown('a <script>1</script>')"), "a script"),
    "drawing": (SHOW.format("SVG", "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>')"),
                "a script"),
    "sound": (SHOW.format("Audio", "Audio([0, 1, 0], rate=8000)"), "a sound or film"),
    "image elsewhere": (SHOW.format("Image", "Image(url='http://a.example/a.png')"), "a file of another host"),
    "style elsewhere": (SHOW.format("HTML", "HTML('<style>@import \"//a.example/a.css\";</style>')"), "a style of"),
}
SEEN = {
    "table": SHOW.format("HTML", "HTML('<table><tr><td>7</td></tr></table><a href=\"https://a.example\">a</a>')"),
    "data": SHOW.format("HTML", "HTML('<script type=\"application/json\">{}</script><b>7</b>')"),
    "drawing": SHOW.format("SVG", "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>')"),
    "image": SHOW.format("HTML", "HTML('<img alt=\"\" src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\">')"),
    "text": "print('<script>seven</script>')",
    "words": "'<iframe>seven</iframe>'",
    "removed": ":tags: [remove-output]\n\n" + SHOW.format("IFrame", "IFrame('index.html', 9, 9)"),
}


@pytest.fixture(scope="module")
def shown(built, tmp_path_factory):
    """All of them in one chapter: a cell that is tagged to be seen for each, and what two builds said."""
    book = built.copy(tmp_path_factory.mktemp("shown") / "book")
    book.edit("_config.yml", "    bookkit_package", "    nb_render_plugin: bookkit\n    bookkit_package")
    book.write("book/numbers.md", page(*(cell for cell, _ in BLANK.values()), *SEEN.values()))
    return book.build(), book.build(BOOK_STRICT="1")


def test_a_strict_build_fails_for_what_readers_cannot_see(shown):
    usual, strict = shown
    assert (usual.ok, strict.ok) == (True, False), usual.log
    assert f"the book has {len(BLANK)} fault(s)" in strict.log


@pytest.mark.parametrize("name", BLANK)
def test_what_readers_cannot_see_is_named_by_page_and_cell(shown, name):
    number = list(BLANK).index(name) + 1
    for said in shown:
        (line,) = {line for line in said.log.split("\n") if f": cell {number} shows " in line}
        assert "book/numbers.md:" in line
        assert BLANK[name][1] in line


@pytest.mark.parametrize("name", SEEN)
def test_what_readers_can_see_is_nothing_to_name(shown, name):
    number = len(BLANK) + list(SEEN).index(name) + 1
    assert f": cell {number} shows " not in shown[1].log
