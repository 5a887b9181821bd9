"""Chapters are kept without what their outputs carry, and come back with it."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from evidence.archive import ArchiveError, Objects, notebooks, pixels

LONG = "x,y\n" + "".join(f"{i},{i * i}\n" for i in range(500))
BINARY = bytes(range(256)) * 20


def picture(mode="RGBA"):
    made = Image.new("RGB", (60, 40), "white")
    for x in range(60):
        made.putpixel((x, x % 40), (x, 255 - x, 7))
    out = io.BytesIO()
    made.convert(mode).save(out, "PNG", dpi=(200, 200), compress_level=0)
    return out.getvalue()


def chapter(*carried):
    return {"cells": [{"cell_type": "code", "source": "show()", "outputs": [
        {"data": {"text/plain": "short"}, "metadata": {"book.figure": {"files": list(carried)}}}]}]}


def encoded(data):
    return base64.b64encode(data).decode()


def test_a_chapter_comes_back_with_everything_and_is_small_itself(tmp_path):
    given = chapter(LONG, encoded(BINARY), "A" * 5000, encoded(BINARY) + "\n")
    notebooks.keep(tmp_path, "0.1.0", {"book/a": given, "book/b": {"cells": []}})
    kept = notebooks.newest(tmp_path)
    assert (kept.version, sorted(kept.pages)) == ("0.1.0", ["book/a", "book/b"])
    assert kept.read("book/a") == given
    objects = Objects(tmp_path)
    assert len(objects.get(kept.pages["book/a"])) < 1000
    assert set(map(objects.get, notebooks.carried(json.loads(objects.get(kept.pages["book/a"]))))) >= {
        LONG.encode(), BINARY}, "as they are, so that a figure's file is the same object"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_comes_back_with_its_pixels(tmp_path, mode):
    notebooks.keep(tmp_path, "0.1.0", {"book/a": chapter(encoded(picture(mode)))})
    (file,) = notebooks.newest(tmp_path).read("book/a")["cells"][0]["outputs"][0]["metadata"]["book.figure"]["files"]
    found = Image.open(io.BytesIO(base64.b64decode(file)))
    assert found.format == "PNG" and round(found.info["dpi"][0]) == 200
    assert found.convert("RGB").tobytes() == Image.open(io.BytesIO(picture())).convert("RGB").tobytes()


def test_pixels_under_a_transparent_colour_are_kept_too():
    made = Image.new("RGBA", (4, 4), (9, 8, 7, 0))
    out = io.BytesIO()
    made.save(out, "PNG")
    assert Image.open(io.BytesIO(pixels.unpack(pixels.pack(out.getvalue())))).tobytes() == made.tobytes()


@pytest.mark.parametrize(("colours", "mode"), [(2, "P"), (256, "P"), (257, "RGB")])
def test_a_picture_of_few_colours_comes_back_with_a_palette(colours, mode):
    draw = np.random.default_rng(3)
    palette = draw.choice(1 << 24, colours, replace=False).astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    chosen = draw.permutation(np.arange(48 * 64) % colours).reshape(48, 64)
    out = io.BytesIO()
    Image.fromarray(palette[chosen]).save(out, "PNG")
    for _ in range(2):  # and what came back with a palette can be kept in its turn
        found = Image.open(io.BytesIO(pixels.unpack(pixels.pack(out.getvalue()))))
        assert (found.mode, found.convert("RGB").tobytes()) == (mode, palette[chosen].tobytes())
        out = io.BytesIO()
        found.save(out, "PNG")


def test_what_is_no_picture_is_refused():
    for act in (pixels.pack, pixels.unpack):
        with pytest.raises(ArchiveError, match="expected a picture, got"):
            act(b"\x89PNG\r\n\x1a\nnothing")


def test_a_later_release_takes_the_place(tmp_path):
    assert notebooks.newest(tmp_path) is None
    notebooks.keep(tmp_path, "0.1.0", {"book/a": chapter(LONG)})
    notebooks.keep(tmp_path, "0.2.0", {"book/b": chapter(LONG)})
    kept = notebooks.newest(tmp_path)
    assert (kept.version, list(kept.pages)) == ("0.2.0", ["book/b"])
    with pytest.raises(ArchiveError, match=r"expected a chapter of release 0\.2\.0, got 'book/a'"):
        kept.read("book/a")


@pytest.mark.parametrize("text", ["", "[]", '{"version": "1"}', '{"version": "1", "pages": [1]}'])
def test_a_list_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "notebooks.json").write_text(text)
    with pytest.raises(ArchiveError, match=r"notebooks\.json: expected"):
        notebooks.newest(tmp_path)
