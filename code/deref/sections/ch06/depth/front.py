"""Section "Depth, width, heads, time", its picture on the front page: heads at equal parameters against layers."""

from matplotlib.figure import Figure

from deref.figures.card import SMALL, bar, bare, card
from deref.sections.ch06.depth.depth import ARMS, parameters
from deref.sections.shared.solving import share_solving

ROWS = {"two": "2 layers, 1 head", "heads": "2 layers, 4 heads", "three": "3 layers, 1 head",
        "four": "4 layers, 1 head"}


def front() -> tuple[Figure, dict[str, list]]:
    """The share of seeds that solve the task, by layers and heads; rows with the parameters of the first stand out."""
    figure, ax = card()
    data: dict[str, list] = {"model": [], "parameters": [], "seeds": [], "share": [], "low": [], "high": []}
    sizes = {key: parameters(ARMS[key].run()) for key in ROWS}
    for row, (key, name) in enumerate(ROWS.items()):
        run = ARMS[key].run()
        found, equal = share_solving(run), sizes[key] == sizes["two"]
        bar(ax, -row, found, "green" if key == "heads" else "black" if equal else "blue", text=f"{found.value:.0%}",
            height=0.34)
        said = f"{sizes[key]:,} parameters" if key == "two" else "as many" if equal else f"{sizes[key]:,}"
        ax.text(0, -row + 0.25, name, va="bottom", fontweight="bold")
        ax.text(1.25, -row + 0.25, said, va="bottom", ha="right", fontsize=SMALL)
        for column, entry in zip(data.values(), (name, sizes[key], len(run.seeds), found.value, *(found.ci or ())),
                                 strict=True):
            column.append(entry)
    bare(ax)
    ax.set(xlim=(0, 1.25), ylim=(-len(ROWS) + 0.6, 0.75))
    ax.set_title(f"seeds that solve {ARMS['two'].config.task.M} cells, with 95% intervals", fontsize=SMALL)
    return figure, data
