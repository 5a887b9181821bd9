"""The map of legible-8 with words on it: apart from `layers`, which a dozen sections import."""

from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.sections.ch06.layers import layers


def pointer_map() -> tuple[Figure, dict[str, list]]:
    """The patterns of both layers of legible-8 at the readout, and what each of them does."""
    figure, data = layers.pointer_map()
    first, second = figure.axes[:2]
    note(first, "the address\nis gathered", (3.5, 3.5), (layers.TASK.M - 0.5, 3.5), on_map=True)
    note(second, "each address\nlooks at its cell", (2.4, 6.0), (4.6, 4.6), on_map=True)
    return figure, data
