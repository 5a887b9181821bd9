"""Explorables on a page: a stage behind a figure that stands alone without scripts, and the files that scripts read."""

import base64
import hashlib
import json
import re
import shutil

from explorable_book import FILES, ID
from toybook import article

PAGE = "book/play"


def test_a_stage_stands_behind_its_figure(played):
    _, built = played
    html = article(built, PAGE)
    assert '<figure class="exhibit explorable align-default" id="explore-softmax-by-hand">' in html
    assert html.count("<svg") == 1 and 'aria-label="Arrows, and bars."' in html
    stage = re.search(r'</svg></div>\s*<div class="explorable-stage" ([^>]*)></div>', html)
    assert stage[1] == ('data-explorable="explore-softmax-by-hand" data-module="softmax-by-hand" '
                        f'data-root="../explore/{ID}/"')
    assert "Move the arrows." in html and f'href="../figures/{ID}.csv"' in html
    assert "cell_output" not in html, "the directive shows it, not the cell"


def test_the_files_are_those_of_the_cell(played):
    book, built = played
    folder = built.html / "explore" / ID
    assert {path.name for path in folder.iterdir()} == {"data.json", "references.json"}
    notebook = json.loads((book.path / "_build" / "executed" / f"{PAGE}.ipynb").read_text("utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    (given,) = [one["metadata"]["book.explorable"] for one in outputs if "book.explorable" in one["metadata"]]
    assert given["id"] == ID
    for name, content in given["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).digest() == hashlib.sha256(
            base64.b64decode(content)).digest()
    assert json.loads((folder / "data.json").read_text("utf-8"))["values"] == [3, 1, 4, 5, 9]


def test_weights_lie_under_their_hash_and_are_shared(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    book.edit(f"{PAGE}.md", f'explore("{ID}", softmax_by_hand())',
              "from dataclasses import replace\n"
              f'explore("{ID}", replace(softmax_by_hand(), weights={{"a": b"same", "b": b"same", "c": b"other"}}))')
    built = book.build()
    assert built.ok, built.log
    listed = json.loads((built.html / "explore" / ID / "data.json").read_text("utf-8"))["files"]
    weights = {path.name: path.read_bytes() for path in (built.html / "explore" / "weights").iterdir()}
    assert weights == {f"{hashlib.sha256(content).hexdigest()}.bin": content for content in (b"same", b"other")}
    assert {name: one["sha256"] for name, one in listed.items()} == {
        f"{name}.bin": hashlib.sha256(content).hexdigest()
        for name, content in {"a": b"same", "b": b"same", "c": b"other"}.items()}
    assert {path.name for path in (built.html / "explore" / ID).iterdir()} == {"data.json", "references.json"}


def test_scripts_and_styles_go_only_where_there_is_a_stage(played):
    _, built = played
    for name in FILES:
        assert f"_static/explore/{name}" in built.page(PAGE)
        assert f"_static/explore/{name}" not in built.page("book/index")
    script = re.search(r"<script[^>]*explore/load\.js[^>]*>", built.page(PAGE))[0]
    assert "defer" in script


def test_files_survive_a_warm_build_and_the_loss_of_what_was_written(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    shutil.rmtree(book.path / "_build" / "html")
    shutil.rmtree(book.path / "_build" / ".doctrees" / "bookkit-figures")
    built = book.build()
    assert built.ok and built.executed == [], built.log
    assert (built.html / "explore" / ID / "data.json").exists()
    text = book.read(f"{PAGE}.md")
    book.write(f"{PAGE}.md", "# Play\n")
    for other in ("index", "front"):  # which show it or link to it
        book.write(f"book/{other}.md", "# Nothing\n")
    assert book.build().ok
    assert not (built.html / "explore" / ID).exists(), "what no page publishes any more is not left behind"
    book.write(f"{PAGE}.md", text)
    built = book.build()
    assert built.ok and built.executed == [], built.log
    assert (built.html / "explore" / ID / "data.json").exists()


def test_other_formats_have_the_figure_alone(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    built = book.build(builder="latex")
    assert built.ok and built.executed == [], built.log
    tex = next((book.path / "_build" / "latex").glob("*.tex")).read_text("utf-8")
    assert r"\caption{Move the arrows." in tex and "explorable-stage" not in tex


def test_faults_fail_the_build_with_page_and_line(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    line = book.read(f"{PAGE}.md").split("\n").index(f":::{{explorable}} {ID}") + 1
    with book.edited(f"{PAGE}.md", f":::{{explorable}} {ID}", f":::{{exhibit}} {ID}"):
        built = book.build()
        assert not built.ok
        assert f"the explorable '{ID}' is placed as a figure; place it with the directive {{explorable}}" in built.log
    with book.edited(f"{PAGE}.md", ":alt: Arrows, and bars.\n", ""):
        built = book.build()
        assert not built.ok
        assert f"{PAGE}.md:{line}: the explorable '{ID}' needs alternative text" in built.log
    with book.edited(f"{PAGE}.md", f":::{{explorable}} {ID}", ":::{explorable} explore.softmax"):
        built = book.build()
        assert not built.ok
        assert "no page publishes the figure 'explore.softmax'" in built.log
        assert f"no page shows the figure '{ID}'" in built.log


def test_a_plain_figure_is_no_explorable(played, tmp_path):
    book = played[0].copy(tmp_path / "book")
    book.edit(f"{PAGE}.md", f'explore("{ID}", softmax_by_hand())',
              f'from deref import show\nmade = softmax_by_hand()\nshow("{ID}", made.figure, made.table)')
    built = book.build()
    assert not built.ok
    assert f"the figure '{ID}' is no explorable; place it with the directive {{exhibit}}" in built.log
