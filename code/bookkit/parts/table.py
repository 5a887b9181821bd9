"""Tables as nodes, so that every format of the book can write them."""

from collections.abc import Sequence

from docutils import nodes

Cell = Sequence[nodes.Node]


def build(heads: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[int],
          classes: list[str], marks: Sequence[list[str]] = ()) -> nodes.container:
    """Make a table.

    Args:
        heads: of the columns.
        rows: of cells, each a sequence of block nodes.
        widths: of the columns, in per cent.
        classes: of the container, for styles and scripts.
        marks: classes of each row; none if left out.

    Returns:
        A container with the table in it.
    """
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(heads))
    group += nodes.thead("", nodes.row("", *(nodes.entry("", nodes.paragraph("", head)) for head in heads)))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", *cell) for cell in row), classes=mark)
                               for row, mark in zip(rows, marks or [[]] * len(rows), strict=True)))
    return nodes.container("", nodes.table("", group, classes=["colwidths-given"]), classes=classes)
