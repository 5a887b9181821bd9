"""Tables as nodes, so that every format of the book can write them."""

from collections.abc import Iterable, Sequence

from docutils import nodes

Cell = Sequence[nodes.Node]


def build(heads: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int], 
          classes: list[str]) -> nodes.container:
    """Make a table.

    Args:
        heads: of the columns.
        rows: of cells, each a sequence of block nodes.
        widths: of the columns, in per cent.
        classes: of the container, for styles and scripts.

    Returns:
        A container with the table in it.
    """
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(heads))
    group += nodes.thead("", nodes.row("", *(nodes.entry("", nodes.paragraph("", head)) for head in heads)))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", *cell) for cell in row)) for row in rows))
    return nodes.container("", nodes.table("", group, classes=["colwidths-given"]), classes=classes)
