"""Section "Two more questions for the language model": estimates against measurements."""

import numpy as np
from matplotlib.figure import Figure

from deref.figures.notes import note
from deref.figures.style import PALETTE, subplots
from deref.sections.ch07.estimates.estimates import KINDS, effects

TITLES = {"repeats": "patched, tokens", "names": "patched, names", "ablation": "switched off, tokens"}
NAMED = 2  # heads with a name in each panel: those that are estimated worst


def scatter() -> tuple[Figure, dict[str, list]]:
    """Every head: the effect that the derivative promises and the one that was measured, means over prompts."""
    figure, axes = subplots(1, 3, height=3.1, sharey=True)
    data: dict[str, list] = {"kind": [], "head": [], "estimated": [], "measured": []}
    for ax, (key, kind) in zip(axes, KINDS.items(), strict=True):
        found = effects(kind)
        estimated, measured = found.estimated.mean(1), found.measured.mean(1)
        low, high = (f(np.concatenate([estimated, measured])) for f in (np.min, np.max))
        ax.plot([low, high], [low, high], color=PALETTE["black"], linewidth=0.8)
        ax.axvline(0, color=PALETTE["black"], linewidth=0.8, linestyle=":")
        ax.scatter(estimated, measured, color=PALETTE["blue"], alpha=0.6, s=18)
        for i in np.argsort(-np.abs(estimated - measured))[:NAMED]:
            ax.annotate(str(found.senders[i]), (estimated[i], measured[i]), xytext=(4, 3), textcoords="offset points",
                        fontsize=8)
        ax.set(title=TITLES[key], xlabel="estimated")
        ax.title.set_fontsize("small")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:.0%}")
        for column, entries in zip(data.values(), ([key] * len(estimated), [str(head) for head in found.senders],
                                                   np.round(estimated, 6).tolist(), np.round(measured, 6).tolist()),
                                   strict=True):
            column += entries
    axes[0].set_ylabel("measured, share of the gap")
    note(axes[0], "missed\nentirely", (0.28, 0.53), (0.05, 0.68))
    return figure, data
