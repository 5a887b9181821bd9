"""Fonts of icons with the letters that a site can show: that of the theme has thousands, and pages use two dozen."""

import io
import logging
import re

_PRIVATE = re.compile(r"[\ue000-\uf8ff]|\\([ef][0-9a-f]{3})(?![0-9a-f])", re.IGNORECASE)
_ABOUT = (0, 1, 2, 5, 13, 14)  # the names that say whose font it is, what it is called, and its licence


def letters(css: str) -> set[str]:
    """The letters without a meaning of their own that a style sheet writes, as fonts of icons have them.

    Args:
        css: the sheet; a letter stands there as it is, or as a backslash and its number.
    """
    return {chr(int(one[1], 16)) if one[1] else one[0] for one in _PRIVATE.finditer(css)}


def subset(ttf: bytes, wanted: set[str]) -> bytes:
    """A font with some of its letters, in the form of WOFF.

    Args:
        ttf: the whole font.
        wanted: letters; those that the font lacks are passed over.
    """
    from fontTools.subset import Options, Subsetter  # takes a while to load, and most builds have no font to write
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else a build's log has a line for each of its tables
    font = TTFont(io.BytesIO(ttf), recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[], name_IDs=list(_ABOUT), hinting=False))
    subsetter.populate(text="".join(wanted))
    subsetter.subset(font)
    font.flavor = "woff"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()
