"""What is on the site after damage, kills, full disks and odd dates: the bytes of a build from nothing."""

import os
import shutil
import signal

import pytest
import toybook

# Dies, or meets a full disk, in the middle of writing a file: what it writes may have so many bytes and no more.
BREAKER = """
import os
import resource
import signal


def setup(app):
    def start(app, *_):
        if limit := int(os.environ.get("BREAK_BYTES", "0")):
            if os.environ.get("BREAK_BY") == "kill":
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    app.connect(os.environ.get("BREAK_AT", "write-started"), start, priority=1)
"""


def files(book):
    """The site, by name."""
    site = book.path / "_build" / "html"
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


def differing(book, reference):
    now = files(book)
    return sorted(name for name in now.keys() | reference.keys() if now.get(name) != reference.get(name))


def from_nothing(book):
    for folder in ("html", ".doctrees"):
        shutil.rmtree(book.path / "_build" / folder)
    built = toybook.build(book)
    assert built.ok, built.log
    return files(book)


@pytest.fixture(scope="module")
def whole(make_shared_book):
    """The book of results, built twice from nothing with the same bytes; the second is the reference."""
    book = make_shared_book("results")
    (book.path / "ext").mkdir()
    book.write("ext/breaker.py", BREAKER)
    book.edit("_config.yml", "sphinx:\n", "sphinx:\n  local_extensions:\n    breaker: ext\n")
    built = toybook.build(book)
    assert built.ok, built.log
    first = files(book)
    reference = from_nothing(book)
    assert differing(book, first) == []
    return book, reference


def put_back(book, name):
    """The book as it was when a state was first asked for, at the same path, since Sphinx reads all again at another.

    Returns whether the state was there.
    """
    kept = book.path.with_name(name)
    if not kept.exists():
        return False
    shutil.rmtree(book.path)
    shutil.copytree(kept, book.path, symlinks=True)
    return True


def keep(book, name):
    shutil.copytree(book.path, book.path.with_name(name), symlinks=True)


@pytest.fixture
def copy(whole):
    """The book as it was built."""
    book, reference = whole
    if not put_back(book, "kept"):
        keep(book, "kept")
    return book, reference


@pytest.fixture
def pictured(copy):
    """The book with a cell that puts out an image, as it was built."""
    book, _ = copy
    if not put_back(book, "pictured"):
        book.write("book/ch01/measure.md", book.read("book/ch01/measure.md") + f"\n```{{code-cell}}\n{IMAGE}\n```\n")
        assert toybook.build(book).executed == ["book/ch01/measure"]
        keep(book, "pictured")
    return book


def test_a_build_that_finds_nothing_to_do_changes_nothing(copy):
    book, reference = copy
    built = toybook.build(book)
    assert built.ok, built.log
    assert differing(book, reference) == []
    assert "not as the last build left them" not in built.log
    assert "no targets are out of date" in built.log


HIT = ["book/ch01/draw.html", "book/index.html", "results/coin.heads.share/index.html", "_sources/book/index.md",
       "searchindex.js", "objects.inv", "results/index.json", "results/coin.heads.share/record.json",
       "_static/bookkit.css", "index.html", "sitemap.xml", "genindex.html", "figures/fig.coin-runs.csv"]


def test_damaged_files_of_the_site_are_written_again(copy):
    book, reference = copy
    site = book.path / "_build" / "html"
    for number, name in enumerate(HIT):
        path = site / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        dates = path.stat()
        path.write_bytes(bytes(data[: len(data) // 2]) if number % 2 else bytes(data))
        os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    built = toybook.build(book)
    assert built.ok, built.log
    assert f"{len(HIT)} file(s) of the site are not as" in built.log
    assert differing(book, reference) == []


@pytest.mark.parametrize("name", ["book/ch01/draw.html", "searchindex.js"])
def test_one_lost_file_comes_back(copy, name):
    book, reference = copy
    (book.path / "_build" / "html" / name).unlink()
    assert toybook.build(book).ok
    assert differing(book, reference) == []


@pytest.mark.parametrize("name", ["environment.pickle", "book/ch01/draw.doctree", "bookkit-site-html.json",
                                  "bookkit-html.json", "bookkit-trees.json", "bookkit-stamps.json",
                                  "bookkit-work-html.json", "bookkit-redirects-html.json", "bookkit-figures"])
def test_damage_to_what_is_kept_between_builds_reaches_no_page(copy, name):
    book, reference = copy
    path = book.path / "_build" / ".doctrees" / name
    for hit in path.glob("*.svg") if path.is_dir() else [path]:
        data = hit.read_bytes()
        hit.write_bytes(data.replace(b"#000000", b"#00ff00") if path.is_dir() else data[: len(data) // 2])
    built = toybook.build(book)
    assert built.ok, built.log
    assert built.executed == []
    assert differing(book, reference) == []


IMAGE = """import base64
from IPython.display import Image
Image(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="))"""


@pytest.mark.parametrize("damage", ["flipped", "cut off", "lost", "left by a killed build"])
def test_an_image_that_a_cell_put_out_is_the_one_in_its_output(pictured, damage):
    book = pictured
    before = files(book)
    (path,) = (book.path / "_build" / "jupyter_execute").glob("*.png")
    data = path.read_bytes()
    if damage == "lost":
        path.unlink()
    else:
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:] if damage == "flipped" else data[:20])
    if damage == "left by a killed build":
        (book.path / "_build" / ".doctrees" / "bookkit-trees.json").unlink()
        shutil.rmtree(book.path / "_build" / "html" / "_images")
    built = toybook.build(book)
    assert built.ok and built.executed == [], built.log
    assert path.read_bytes() == data
    assert differing(book, before) == []


@pytest.mark.parametrize(("size", "event"), [(3000, "write-started"), (20_000, "write-started"),
                                             (2000, "html-collect-pages"), (500, "build-finished")])
def test_a_build_that_is_killed_while_it_writes_leaves_nothing_behind(copy, size, event):
    book, reference = copy
    book.edit("book/index.md", "Its headline", "Its one headline")
    killed = toybook.build(book, BREAK_BYTES=str(size), BREAK_AT=event, BREAK_BY="kill")
    assert killed.returncode == -signal.SIGXFSZ, killed.log
    book.edit("book/index.md", "Its one headline", "Its headline")
    built = toybook.build(book)
    assert built.ok, built.log
    assert differing(book, reference) == []


@pytest.mark.parametrize(("size", "event"), [(3000, "write-started"), (500, "build-finished")])
def test_a_full_disk_fails_the_build_and_leaves_nothing_behind(copy, size, event):
    book, reference = copy
    book.edit("book/index.md", "Its headline", "Its one headline")
    full = toybook.build(book, cli=True, BREAK_BYTES=str(size), BREAK_AT=event)
    assert full.returncode == 1, full.log
    assert "File too large" in full.log
    book.edit("book/index.md", "Its one headline", "Its headline")
    built = toybook.build(book)
    assert built.ok, built.log
    assert differing(book, reference) == []


def dated(book, name, old, new, seconds):
    """Edit a file, and give it a date so many seconds after its old one."""
    path = book.path / name
    date = path.stat().st_mtime_ns + seconds * 10**9
    book.edit(name, old, new)
    os.utime(path, ns=(date, date))


def test_sources_that_only_became_younger_are_written_once(copy):
    """As all do by a checkout."""
    book, reference = copy
    for path in (book.path / "book").rglob("*.md"):
        os.utime(path)
    renewed, after = toybook.build(book), toybook.build(book)
    assert "no targets are out of date" not in renewed.log and "no targets are out of date" in after.log
    assert differing(book, reference) == []


@pytest.mark.parametrize("seconds", [0, -86_400], ids=["equal date", "older date"])
def test_an_edit_is_told_by_content_whatever_its_date(copy, seconds):
    book, _ = copy
    dated(book, "book/ch01/measure.md", "\nheads()", "\nprint('seven')\nheads()", seconds)
    dated(book, "book/ch01/quiet.md", "cites nothing", "cites nothing at all", seconds)
    built = toybook.build(book)
    assert built.executed == ["book/ch01/measure"], built.log
    assert "seven" in toybook.article(built, "book/ch01/measure")
    assert "cites nothing at all" in toybook.article(built, "book/ch01/quiet")
    assert "cites nothing at all" in built.html.joinpath("_sources/book/ch01/quiet.md").read_text("utf-8")


def test_an_included_file_is_told_by_content_too(copy):
    book, _ = copy
    book.write("book/code.py", "x = 1\n")
    book.write("book/ch01/quiet.md", book.read("book/ch01/quiet.md") + "\n```{literalinclude} ../code.py\n```\n")
    toybook.build(book)
    dated(book, "book/code.py", "x = 1", "x = 77", -86_400)
    assert "77" in toybook.article(toybook.build(book), "book/ch01/quiet")


def test_a_template_and_a_style_are_told_by_content_too(copy):
    book, _ = copy
    book.write("look/style.css", "p { color: red }\n")
    book.write("look/sidebar-title.html", "<p>First</p>\n")
    book.edit("_config.yml", "    html_favicon", "    templates_path: [look]\n    html_static_path: [look]\n"
              "    html_css_files: [style.css]\n    html_sidebars: {'**': [sidebar-title.html]}\n    html_favicon")
    toybook.build(book)
    dated(book, "look/sidebar-title.html", "First", "Second", -86_400)
    dated(book, "look/style.css", "red", "blue", -86_400)
    built = toybook.build(book)
    assert "Second" in built.page("book/index") and "Second" in built.page("results/index")
    now = files(book)
    from_nothing(book)
    assert differing(book, now) == []


def test_a_renamed_heading_is_new_wherever_it_is_shown(copy):
    book, _ = copy
    book.write("book/ch01/before.md", book.read("book/ch01/before.md") + "\nSee {ref}`source-a` and {doc}`draw`.\n")
    toybook.build(book)
    book.edit("book/ch01/draw.md", "# Draw", "# Drawn anew")
    book.edit("book/ch01/quiet.md", "## A source", "## Another source")
    built = toybook.build(book)
    assert "Drawn anew" in built.page("book/claims")
    assert "Drawn anew" in built.page("results/coin.heads.share/index")
    assert "Another source" in toybook.article(built, "book/ch01/before")
    now = files(book)
    from_nothing(book)
    assert differing(book, now) == []


def test_a_page_that_leaves_the_book_leaves_the_site(copy):
    book, _ = copy
    book.write("book/ch01/extra.md", "# Extra\n\nMore.\n")
    book.edit("_toc.yml", "  - file: book/ch01/quiet\n", "  - file: book/ch01/quiet\n  - file: book/ch01/extra\n")
    assert "Extra" in toybook.build(book).page("book/ch01/extra")
    (book.path / "book/ch01/extra.md").unlink()
    book.edit("_toc.yml", "  - file: book/ch01/extra\n", "")
    built = toybook.build(book)
    assert built.ok, built.log
    now = files(book)
    from_nothing(book)
    assert differing(book, now) == []
