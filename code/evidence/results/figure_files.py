"""The files of a figure: svg, pdf, png, and the plotted data as csv; the same bytes every time."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from evidence.results import drawing

PNG_DPI = 200


class Files(TypedDict):
    """A figure in every form that the book offers for download; csv is the plotted data."""

    svg: str
    pdf: bytes
    png: bytes
    csv: str


def save(fig: Figure, data: Any) -> Files:
    """Write a figure in every form that the book offers for download.

    The svg has no background, and its black is the colour of the text around it, so that it can stand in a light or a
    dark page; pdf and png have a white background.

    Args:
        fig: the drawn figure.
        data: what was plotted: a mapping of columns, a DataFrame, or a list of rows as mappings.

    Returns:
        The files; no dates or versions inside.

    Raises:
        ValueError: the data are not columns of equal length.
    """
    table = csv_text(data)
    # Element ids are random without a salt; text stays text, so that it is searchable and read out.
    with mpl.rc_context({"svg.hashsalt": "deref", "svg.fonttype": "none", "pdf.fonttype": 42}):
        svg = _write(fig, "svg", {"Date": None, "Creator": None}, facecolor="none")
        pdf = _write(fig, "pdf", {"CreationDate": None, "Creator": None, "Producer": None}, facecolor="white")
        png = _with_palette(_write(fig, "png", {"Software": None}, facecolor="white", dpi=PNG_DPI))
    return {"svg": drawing.compact(_follow_text_colour(svg.decode("utf8"))), "pdf": pdf, "png": png, "csv": table}


def csv_text(data: Any) -> str:
    """Write plotted data as csv: a line of names, then one line a row, numbers with all their digits.

    Raises:
        ValueError: not a mapping of columns, a DataFrame or a list of rows; no columns; columns of unequal length;
            rows with unequal names.
    """
    names, rows = _table(data)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue()


def _table(data: Any) -> tuple[list[str], list[list[Any]]]:
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        data = data.to_dict("list")
    if isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        names = list(data[0])
        odd = [row for row in data if list(row) != names]
        if odd:
            raise ValueError(f"expected every row to have the columns {names}, got one with {list(odd[0])}")
        return names, [[_cell(row[name]) for name in names] for row in data]
    if not isinstance(data, Mapping) or not data:
        raise ValueError("expected the plotted data as a mapping of columns, a DataFrame or a list of rows, "
                         f"got {type(data).__name__}" + ("" if data else " with nothing in it"))
    columns = {name: np.asarray(column) for name, column in data.items()}
    shapes = {name: column.shape for name, column in columns.items()}
    if any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) != 1:
        raise ValueError(f"expected columns of equal length with one axis each, got the shapes {shapes}")
    return list(columns), [[_cell(x) for x in row] for row in zip(*columns.values(), strict=True)]


def _cell(value: Any) -> Any:
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _write(fig: Figure, kind: str, metadata: dict[str, None], **options: Any) -> bytes:
    out = io.BytesIO()
    fig.savefig(out, format=kind, metadata=metadata, **options)
    return out.getvalue()


def _with_palette(png: bytes) -> bytes:
    """The picture in 256 colours, a third as large: a figure has few colours, and the shades at the edges of lines."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        # The palette of greatest coverage keeps white white, which the octree's does not.
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True, dpi=(PNG_DPI, PNG_DPI))
    return out.getvalue()


def _follow_text_colour(svg: str) -> str:
    """Black becomes `currentColor`; Matplotlib leaves black fills unsaid, so the root says it for them."""
    svg = svg.replace("#000000", "currentColor")
    return svg.replace("<svg ", '<svg fill="currentColor" ', 1)
