"""Figures: the same files every time, readable in light and dark, with their data and where they come from."""

import base64
import csv
import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import image
from nbclient import NotebookClient
from PIL import Image

from deref.figures.style import PALETTE, WIDTH, subplots
from evidence.results.figure_files import PNG_DPI, csv_text, save
from evidence.results.provenance import code_of

SUPPORT = Path(__file__).parents[2] / "support"
DRAW = """
import hashlib, sys
from evidence.results.figure_files import save
from deref.figures.style import subplots
fig, axes = subplots(1, 2)
axes[0].plot([1, 2, 3], [1, 4, 2], marker="o", label="a line")
axes[0].legend()
axes[1].imshow([[0, 1], [2, 3]])
files = save(fig, {"x": [1, 2, 3]})
for kind, data in sorted(files.items()):
    print(kind, hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest())
"""


@pytest.fixture
def drawn():
    fig, ax = subplots()
    ax.plot([0, 1], [0, 1], label="a line of ours")
    ax.bar([0, 1], [0.5, 0.25], color=PALETTE["black"])
    ax.set_xlabel("the step")
    ax.legend()
    return fig


@pytest.fixture
def files(drawn):
    return save(drawn, {"step": [0, 1], "loss": [0.5, 1 / 3]})


def test_every_process_draws_the_same_bytes():
    hashes = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "agg"}
        done = subprocess.run([sys.executable, "-c", DRAW], env=environment, capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, done.stderr
        hashes.append(done.stdout.splitlines())
    assert [line.split()[0] for line in hashes[0]] == ["csv", "pdf", "png", "svg"]
    assert hashes[0] == hashes[1]


def test_saving_twice_gives_the_same_files_and_leaves_the_figure_alone(drawn, files):
    assert save(drawn, {"step": [0, 1], "loss": [0.5, 1 / 3]}) == files


def test_no_file_tells_a_date(files):
    for words in (b"CreationDate", b"/Producer", b"/Creator"):
        assert words not in files["pdf"]
    for words in ("<dc:date", "Matplotlib"):
        assert words not in files["svg"]
    assert b"Software" not in files["png"]


def test_the_svg_follows_the_colour_of_the_text_around_it(files):
    root = ElementTree.fromstring(files["svg"])
    assert root.get("fill") == "currentColor"
    assert "#000" not in files["svg"]
    assert "#ffffff" not in files["svg"]
    assert "stroke:currentColor" in files["svg"]
    assert PALETTE["blue"] in files["svg"]


def test_text_in_the_svg_is_text(files):
    texts = {element.text for element in ElementTree.fromstring(files["svg"]).iter("{http://www.w3.org/2000/svg}text")}
    assert {"a line of ours", "the step"} <= texts


def test_print_forms_have_a_white_background(files):
    assert files["pdf"].startswith(b"%PDF-")
    pixels = image.imread(io.BytesIO(files["png"]))
    assert pixels.shape[:2] == (round(3.2 * PNG_DPI), round(WIDTH * PNG_DPI))
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]
    with Image.open(io.BytesIO(files["png"])) as picture:
        assert picture.mode == "P" and round(picture.info["dpi"][0]) == PNG_DPI


ROWS = [{"model": "small", "loss": 1 / 3}, {"model": "large, or so", "loss": 2.0}]


@pytest.mark.parametrize("data", [
    ROWS, {"model": ["small", "large, or so"], "loss": np.array([1 / 3, 2.0])}, pd.DataFrame(ROWS),
    {"model": ("small", "large, or so"), "loss": torch.tensor([1 / 3, 2.0], dtype=torch.float64)},
])
def test_data_of_any_usual_form_become_one_table(data):
    text = csv_text(data)
    assert text == 'model,loss\nsmall,0.3333333333333333\n"large, or so",2.0\n'
    assert list(csv.DictReader(io.StringIO(text)))[1] == {"model": "large, or so", "loss": "2.0"}


@pytest.mark.parametrize(("data", "message"), [
    ({}, "got dict with nothing in it"), ([], "got list with nothing in it"), (3, "got int"),
    ({"x": [1, 2], "y": [1]}, r"columns of equal length .* 'y': \(1,\)"), ({"x": [[1, 2]]}, "with one axis each"),
    ([{"x": 1}, {"y": 2}], r"every row to have the columns \['x'\], got one with \['y'\]"),
])
def test_data_that_are_no_table_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        csv_text(data)


def test_a_notebook_publishes_a_figure_once_with_the_runs_of_its_cell(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT), "DEREF_STORE": str(tmp_path / "runs"),
                   "DEREF_DEVICE": "cpu"}
    cells = [
        """
        import toy_results
        from deref import show
        from deref.figures.style import subplots
        from evidence.runs import default_store
        def drawing():
            fig, ax = subplots()
            ax.plot(toy_results.toy.run().history)
            return fig, {"loss": toy_results.toy.run().history}
        """,
        'show("fig.first", *drawing())',
        'fig, data = drawing()\nkept = show("fig.second", fig, data)\nprint("after")',
        'show("fig.third", subplots()[0], {"x": [1]})',
        'from deref.figures.style import PALETTE\nkept',
        'show("Not an id", *drawing())',
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells])
    NotebookClient(book, kernel_name="python3", allow_errors=True).execute(env=environment)
    figures = [[o for o in cell.outputs if "book.figure" in o.get("metadata", {})] for cell in book.cells]
    assert [len(found) for found in figures] == [0, 1, 1, 1, 0, 0]
    assert not [o for cell in book.cells[:5] for o in cell.outputs if o.output_type in ("execute_result", "error")]
    assert "image/png" not in {kind for cell in book.cells[:5] for o in cell.outputs for kind in o.get("data", {})}
    first, second, third = ({**found[0].metadata["book.figure"], **found[0].data} for found in figures[1:4])
    assert (first["id"], second["id"]) == ("fig.first", "fig.second")
    assert first["image/svg+xml"] == second["image/svg+xml"]
    assert base64.b64decode(first["files"]["pdf"]).startswith(b"%PDF-")
    assert base64.b64decode(first["files"]["png"]).startswith(b"\x89PNG")
    assert first["files"]["csv"].startswith("loss\n")
    assert len(first["runs"]) == 1
    assert first["runs"] == second["runs"]
    assert third["runs"] == []
    assert (first["build"]["wall_s"] > 0, third["build"]["wall_s"]) == (True, None)
    assert first["code"] == third["code"]
    assert first["modules"] == ["deref.figures.style", "evidence.results.figure", "evidence.runs"]
    assert first["code"] == code_of(["deref.figures.style", "evidence.results.figure", "evidence.runs.store"])
    assert first["runs"][0]["seeds"] and first["runs"][0]["config"]["type"] == "Quadratic"
    (error,) = [o for o in book.cells[5].outputs if o.output_type == "error"]
    assert "expected an id of lower-case letters" in error.evalue
