"""Section "A task that needs a pointer": one example, and the cells that are left when some of its address is known."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.sections.shared.partial_address_accuracy import rung
from deref.tasks.pointer import PointerTask

TASK, ADDRESS = PointerTask(M=8), 5
GAP = 0.9  # between the memory and the address, in boxes


def example() -> tuple[Figure, dict[str, list]]:
    """A memory and an address, and below, for every number of known address bits, the cells that may be meant."""
    memory = TASK.sample_memory(1, torch.Generator().manual_seed(3))[0].tolist()
    bits = TASK.address_bits(torch.tensor([ADDRESS]))[0].tolist()
    figure, ax = subplots(height=3.0)
    figure.set_figwidth(3.6)  # of a phone
    ax.set(xlim=(-0.5, TASK.M + GAP + TASK.A + 1.9), ylim=(-TASK.A - 2.1, 1.9))
    ax.axis("off")
    _row(ax, 0, memory, bits, {ADDRESS})
    ax.annotate("", xy=(ADDRESS, 0.45), xytext=(TASK.M + GAP - 0.4, 0.45),
                arrowprops={"arrowstyle": "->", "color": PALETTE["vermilion"], "connectionstyle": "arc3,rad=0.35"})
    note(ax, "the address says which cell", (TASK.M - 1.2, 1.75))
    note(ax, "memory", (0.9, 0.85))
    note(ax, "address", (TASK.M + GAP + 0.5, 0.85))
    note(ax, "filled: cells that may still be meant", (TASK.M / 2 - 0.5, -TASK.A - 1.9))
    data: dict[str, list] = {"known": [], "candidates": [], "best": []}
    for known in range(TASK.A + 1):
        best = rung(TASK, tuple(range(known)))
        left = {cell for cell in range(TASK.M) if cell >> (TASK.A - known) == ADDRESS >> (TASK.A - known)}
        _row(ax, -1 - known, memory, [*bits[:known], *["?"] * (TASK.A - known)], left, faint=True)
        ax.text(TASK.M + GAP + TASK.A - 0.3, -1 - known, f"{best:.2%}".replace(".00", ""), va="center", fontsize=9)
        for column, entry in zip(data.values(), (known, len(left), best), strict=True):
            column.append(entry)
    ax.text(TASK.M + GAP + TASK.A - 0.3, 0, "best", va="center", fontsize=9)
    return figure, data


def _row(ax: Axes, y: float, memory: list[int], address: list[int | str], left: set[int], *,
         faint: bool = False) -> None:
    """A box for each token; those of cells that may be meant are filled, and of the others only the example's shown."""
    for cell, bit in enumerate(memory):
        filled = cell in left
        box = Rectangle((cell - 0.42, y - 0.38), 0.84, 0.76, linewidth=0.8, edgecolor=PALETTE["black"],
                        facecolor=(PALETTE["blue"], 0.4) if filled else "none")  # under black words and white
        if faint and not filled:
            box.set_alpha(0.3)
        ax.add_patch(box)
        if filled or not faint:
            ax.text(cell, y, str(bit), ha="center", va="center", fontsize=9)
    for place, bit in enumerate(address):
        ax.text(TASK.M + GAP + place - 0.5, y, str(bit), ha="center", va="center", fontsize=9,
                color=PALETTE["black"], alpha=0.5 if bit == "?" else 1)
