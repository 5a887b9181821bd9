"""What readers look up and take along: words of the glossary, the reference of the library, executed notebooks."""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from pybtex.database import parse_string
from toybook import article, build, dead_links, text

from bookkit.authoring import works
from bookkit.pages.notebooks import archive

PROJECT = Path(__file__).parents[2]
# Adds a folder of packages, whose own come before those that are installed here.
ELSEWHERE = """
import site, sys
before = len(sys.path)
site.addsitedir(sys.argv[1])
sys.path = sys.path[before:] + sys.path[:before]
from deref.sections.ch06.lookup import lookup
print(lookup.__file__)
"""
MORE = ("claims", "words", "library", "works")
WORDS = "# Words\n\n```{glossary}\ncoin\n  What is flipped, <often>.\n```\n\nSee {cite}`vaswani2017`.\n"
LIBRARY = "# Library\n\n```{door} deref\n```\n\n```{api} deref.tasks\n```\n"


@pytest.fixture(scope="module")
def book(make_shared_book):
    book = make_shared_book("results")
    book.edit("_toc.yml", "  - file: book/claims", "\n".join(f"  - file: book/{name}" for name in MORE))
    book.edit("book/ch01/before.md", "It cites a share", "A {term}`coin` has a share")
    book.write("book/words.md", WORDS)
    book.write("book/library.md", LIBRARY)
    book.write("book/works.md", "# Works\n\n```{bibliography}\n```\n")
    book.write("pyproject.toml", "[project]\nname = 'toy'\n")
    book.edit("_config.yml", "    mathjax_path", "    bookkit_launch: book/words#words\n    mathjax_path")
    return book


@pytest.fixture(scope="module")
def built(book):
    built = build(book)
    assert built.ok, built.log
    return built


def test_a_word_of_the_glossary_explains_itself_and_stays_in_the_sentence(built):
    html = article(built, "book/ch01/before")
    assert ('<a class="term" href="../words.html#term-coin" aria-describedby="term-coin-tip-0">coin</a><span '
            'class="result-tip" role="tooltip" id="term-coin-tip-0">What is flipped, &lt;often&gt;.</span>') in html
    assert "A coin has a share of 50%" in text(article(built, "results/coin.heads.share/index"))
    assert dead_links(built.html, "book/ch01/before.html") == []


def test_a_label_says_whose_work_is_cited_and_leads_to_the_list(built):
    (label,) = BeautifulSoup(built.page("book/words"), "html.parser").select(".bibtex-citation a")
    assert label.text == "Vas17" and label["href"].startswith("works.html#")
    assert "title" not in label.attrs, "one tooltip, not two"
    tip = label.find_next_sibling(id=label["aria-describedby"])
    assert text(str(tip)) == "Attention 99.5% of the time A. Vaswani None, 2017"


@pytest.mark.parametrize(("given", "named"), [
    ("Vaswani, Ashish", "Ashish Vaswani"),
    ("Ré, Christopher and {van der Berg}, Jo and Lee, A. B.", "Christopher Ré, Jo van der Berg and A. B. Lee"),
    (" and ".join(f"N{i}, A." for i in range(6)), "A. N0, A. N1, A. N2, A. N3, A. N4 and A. N5"),
    (" and ".join(f"N{i}, A." for i in range(9)), "A. N0, A. N1, A. N2, A. N3, A. N4 and 4 others"),
    ("Brown, Tom and others", "Tom Brown and others")])
def test_a_few_authors_are_named_and_the_rest_counted(given, named):
    entry = parse_string(f"@misc{{one, author = {{{given}}}, title = {{T}}}}", "bibtex").entries["one"]
    assert works.authors(entry.persons["author"]) == named


@pytest.mark.parametrize(("fields", "said"), [
    ("journal = {Neural {C}omputation}, publisher = {P}, year = 1997", "Neural Computation, 1997"),
    ("eprint = {2402.08164}, archiveprefix = {arXiv}, year = 2024", "arXiv 2402.08164, 2024"), ("year = 2020", "2020")])
def test_where_a_work_came_out(fields, said):
    assert works.came_out(parse_string(f"@misc{{one, title = {{T}}, {fields}}}", "bibtex").entries["one"]) == said


def test_the_reference_says_what_the_docstrings_say(built):
    html = article(built, "book/library")
    said = text(html)
    assert "PointerTask Fetch the bit of memory that an address points at. deref.tasks.pointer" in said
    assert 'href="#deref.tasks.pointer.PointerTask"' in html
    assert "large_32 Thirty-two cells, eight heads and an MLP a layer" in said
    assert "Answer flat sequences exactly, from their tokens alone." in said
    for part in ("(batch, T), memory then address.", "The addressed bit of each sequence.", "ValueError",
                 "sequences of another length, or an address that no cell has."):
        assert part in said, part
    assert "system-message" not in html and "problematic" not in html
    assert re.findall(r"(?:library|code/deref).*WARNING.*", built.log) == []


def test_a_page_offers_its_notebook_which_stands_on_its_own(book, built):
    page = built.page("book/ch01/measure")
    assert 'href="../../notebooks/book/ch01/measure.ipynb"' in page
    assert re.search(r'<a href="\.\./words\.html#words"[^>]*\bbtn-launch-button\b', page)
    assert not re.search(r"\.ipynb|launch-button", built.page("book/ch01/quiet"))
    path = built.html / "notebooks/book/ch01/measure.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    first = notebook.cells[0].source
    for part in ("“Measure” of Toy: a book of results", "https://toy.example/notebooks/",
                 "pip install -e deref-0.1.0 -c deref-0.1.0/requirements.txt"):
        assert part in first, part
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "**Claim** `coin.fair`**: supported.** The coin is fair." in prose and "names 100." in prose
    assert "{" not in prose and ":::" not in prose
    record = json.loads((built.html / "results/coin.heads.share/record.json").read_text("utf8"))
    assert notebook.cells[2].outputs[0].metadata["book.result"] == {
        name: record[name] for name in ("id", "value", "ci", "sha256")}
    content = path.read_text("utf8")
    assert content == json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":")) + "\n"
    drawn = nbformat.read(built.html / "notebooks/book/ch01/draw.ipynb", as_version=4)
    assert "book.figure" not in nbformat.writes(drawn) and "image/svg+xml" in nbformat.writes(drawn)
    assert str(book.path) not in nbformat.writes(drawn) + nbformat.writes(notebook)
    assert (built.html / "notebooks/deref.tar.gz").exists()


def test_the_archive_installs_as_the_first_cell_says(tmp_path):
    packed = archive(PROJECT, "deref-0.1.0")
    assert packed == archive(PROJECT, "deref-0.1.0")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(tmp_path, filter="data")
    folder = tmp_path / "deref-0.1.0"
    assert (folder / "requirements.txt").exists() and not list(folder.rglob("*.pyc"))
    # --no-deps and --no-build-isolation, because what it needs is installed here; --prefix, to leave this one alone
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index",
                    "--prefix", tmp_path / "env", "--ignore-installed", "-e", folder], check=True, capture_output=True)
    site = next((tmp_path / "env").rglob("site-packages"))
    ran = subprocess.run([sys.executable, "-I", "-c", ELSEWHERE, site], capture_output=True, text=True, check=True,
                         cwd=tmp_path)
    assert ran.stdout.strip().startswith(str(folder.resolve()))


def inline(html):
    """Sources of a policy that would allow the inline scripts of some HTML."""
    return {f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"
            for given, body in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
            if "src=" not in given and "json" not in given}


def test_every_page_names_its_own_inline_scripts_and_none_of_its_text(built):
    paths = [path for path in built.html.rglob("*.html") if "_static" not in path.parts]
    assert len(paths) > 10
    for path in paths:
        page = path.read_text("utf-8")
        policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)[1]
        named = re.search(r"script-src ([^;]*);", policy)[1].split()
        in_text = "".join(re.findall(r"<article.*</article>", page, re.DOTALL))
        assert named[0] == "'self'" and set(named[1:]) == inline(page) - inline(in_text), path


def test_a_changed_meaning_rewrites_the_pages_that_use_the_word(book, built, tmp_path):
    moved = book.copy(tmp_path / "book")
    moved.write("book/words.md", WORDS.replace("flipped", "tossed"))
    again = build(moved)
    assert again.ok and again.executed == [], again.log
    assert "What is tossed" in again.page("book/ch01/before")
    assert again.page("book/ch01/before").count("Content-Security-Policy") == 1
