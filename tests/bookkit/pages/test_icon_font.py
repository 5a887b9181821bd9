"""Fonts of icons with the letters that sheets write and no others, from the font that the theme brings."""

import io
from pathlib import Path

import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont

from bookkit.pages.icon_font import letters, subset

FONT = Path(pydata_sphinx_theme.__file__).with_name("theme").joinpath(
    "pydata_sphinx_theme", "static", "vendor", "fontawesome", "webfonts", "fa-solid-900.ttf")
BARS, SUN, GITHUB = "\uf0c9", "\uf185", "\uf09b"  # the last is a letter of another font


@pytest.fixture(scope="module")
def whole():
    return FONT.read_bytes()


def drawing(font, letter):
    """The points of a letter's outline, and its width."""
    name = font.getBestCmap()[ord(letter)]
    return list(font["glyf"][name].getCoordinates(font["glyf"])[0]), font["hmtx"][name][0]


def test_letters_are_written_as_they_are_or_by_their_number():
    css = f'.fa-bars:before{{content:"\\f0c9"}}p{{--sun:"{SUN}"}}q{{content:"\\201c \\2014 f00d"}}'
    assert letters(css) == {BARS, SUN}
    assert letters(r'p{content:"\F09B"}') == {GITHUB}


def test_a_subset_draws_its_letters_as_the_whole_font_does_and_no_others(whole):
    written = subset(whole, {BARS, SUN, GITHUB})
    found, before = TTFont(io.BytesIO(written)), TTFont(io.BytesIO(whole))
    assert written[:4] == b"wOFF" and len(written) < 4000
    assert set(found.getBestCmap()) == {ord(BARS), ord(SUN)}
    for letter in (BARS, SUN):
        assert drawing(found, letter) == drawing(before, letter)


def test_the_same_letters_give_the_same_bytes_and_the_licence_stays(whole):
    assert subset(whole, {BARS, SUN}) == subset(whole, {SUN, BARS})
    assert TTFont(io.BytesIO(subset(whole, {SUN})))["name"].getDebugName(5) == TTFont(
        io.BytesIO(whole))["name"].getDebugName(5)
