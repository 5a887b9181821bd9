"""Section "A real language model", its picture on the front page: two heads with one map, one effect."""

from deref.figures.card import SMALL, bar, bare, card
from deref.sections.ch07.language.figures import Drawing, needs_model
from deref.sections.ch07.language.heads import SEEDS, scores
from deref.sections.ch07.language.previous import previous_head, twin
from deref.sections.ch07.language.repeats import RANDOM, cost
from evidence.results import mean_t


@needs_model
def front() -> Drawing:
    """Weight on the token before, and what is lost without the head, for the two heads with most of that weight."""
    figure, axes = card(2, 1, sharex=True)
    data: dict[str, list] = {"head": [], "what": [], "share": [], "low": [], "high": []}
    heads = {previous_head(): "blue", twin(): "vermilion"}
    rows = {"weight on the token before": lambda head: mean_t(scores(SEEDS)["previous"][head].numpy(), "sequences",
                                                              (0, 1)),
            "lost without it, of what repetition gains": lambda head: mean_t(cost(RANDOM, head), "sequences")}
    for ax, (what, measured) in zip(axes, rows.items(), strict=True):
        for place, (head, colour) in enumerate(heads.items()):
            found = measured(head)
            bar(ax, -place, found, colour, text=f"{found.value:z.0%}")
            ax.annotate(str(head), (0, -place), xytext=(-6, 0), textcoords="offset points", ha="right", va="center")
            for column, entry in zip(data.values(), (str(head), what, found.value, *found.ci), strict=True):
                column.append(entry)
        bare(ax)
        ax.set_title(what, fontsize=SMALL, x=-0.01)
        ax.set(xlim=(-0.2, 1.15), ylim=(-1.5, 0.5))
    return figure, data
