"""Pictures as pixels: a PNG is kept as lossless WebP, less than half as large, and written as PNG again.

Every pixel comes back as it was; the bytes of the file depend on the version of the library that writes it.
"""

import functools
import io
from typing import Any

import numpy as np

from evidence.archive.objects import ArchiveError

PNG = b"\x89PNG\r\n\x1a\n"
DPI = 200
"""Of the figures of every release, see `evidence.results.figure_files`."""
COLOURS = 256
"""That a palette has room for."""
_PLACES = np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)


@functools.lru_cache(maxsize=256)  # a release has a picture as a figure's file and in its chapter
def pack(png: bytes) -> bytes:
    """The pixels of a PNG file, as WebP.

    Raises:
        ArchiveError: it is no picture, or one whose pixels WebP cannot keep as they are.
    """
    picture = _opened(png)
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=True, exact=True, quality=80, method=4)
    if _opened(out.getvalue()).tobytes() != picture.tobytes():
        raise ArchiveError(f"expected a picture of 8 bits a colour, got one of mode {picture.mode}")
    return out.getvalue()


@functools.lru_cache(maxsize=256)
def unpack(webp: bytes) -> bytes:
    """A PNG file of the pixels that `pack` kept.

    Raises:
        ArchiveError: it is no picture.
    """
    out = io.BytesIO()
    _indexed(_opened(webp)).save(out, "PNG", dpi=(DPI, DPI), compress_level=6)
    return out.getvalue()


def few_colours(png: bytes) -> bytes:
    """The picture in COLOURS colours, a third as large, as figures are drawn (`evidence.results.figure_files`).

    Raises:
        ArchiveError: it is no picture.
    """
    from PIL import Image

    out = io.BytesIO()
    few = _opened(png).convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True, dpi=(DPI, DPI))
    return out.getvalue()


def _indexed(picture: Any) -> Any:
    """A picture with a palette, where it has few enough colours for one: the same pixels in a third of the room."""
    from PIL import Image

    found = picture.getcolors(COLOURS) if picture.mode == "RGB" else None
    if found is None:
        return picture
    palette = sorted(colour for _, colour in found)
    keys = np.array(palette, dtype=np.uint32) @ _PLACES
    indices = np.searchsorted(keys, np.asarray(picture, dtype=np.uint32) @ _PLACES)
    indexed = Image.fromarray(indices.astype(np.uint8), "P")
    indexed.putpalette([part for colour in palette for part in colour])
    return indexed


def _opened(data: bytes) -> Any:
    """A picture, without a palette, and without an alpha channel that says nothing."""
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (UnidentifiedImageError, OSError) as error:
        raise ArchiveError(f"expected a picture, got: {error}") from None
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    opaque = picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255)
    return picture.convert("RGB") if opaque else picture
