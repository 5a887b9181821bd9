"""The book's colours: text and code can be read on both grounds in light and dark, and all pages have the same."""

import re
from pathlib import Path

import pytest
import yaml
from pygments.styles import get_style_by_name

PROJECT = Path(__file__).parents[2]
LOOK, PLAIN = (PROJECT / path for path in ("book/static/css/look.css", "code/bookkit/static/bookkit-light.css"))
OPTIONS = yaml.safe_load((PROJECT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]["html_theme_options"]
ENOUGH = 4.5  # what WCAG 2 asks of small text
GROUNDS = ("background", "surface")
INKS = ("text-base", "text-muted", "heading", "link", "link-hover", "primary", "danger", "inline-code")


def colours(css: Path) -> dict[str, dict[str, str]]:
    """What a style sheet says of the theme's colours, by theme and name; light where it names no theme."""
    found: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css.read_text("utf-8")):
        own = re.findall(r"--pst-color-([a-z-]+): (#[0-9a-f]+);", body)
        theme = "dark" if "dark" in selector or "not([data-theme" in selector else "light"
        for name, value in own:
            assert found[theme].setdefault(name, value) == value, f"{css.name} has two colours for {name}"
    return found


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_that_of_the_definition():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_both_grounds(theme):
    own = colours(LOOK)[theme]
    weak = {(ink, ground): contrast(own[ink], own[ground]) for ink in INKS for ground in GROUNDS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < ENOUGH} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_can_be_read_on_its_ground(theme):
    style, ground = get_style_by_name(OPTIONS[f"pygments_{theme}_style"]), colours(LOOK)[theme]["surface"]
    inks = {str(token): f"#{given['color']}" for token, given in style if given["color"]}
    assert inks, "the style has colours"
    assert {token: ink for token, ink in inks.items() if contrast(ink, ground) < ENOUGH} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_results_have_the_colours_of_the_book(theme):
    book, plain = colours(LOOK)[theme], colours(PLAIN)[theme]
    shared = book.keys() & plain.keys()
    assert {"background", "text-base", "link"} <= shared
    assert {name: plain[name] for name in shared} == {name: book[name] for name in shared}
