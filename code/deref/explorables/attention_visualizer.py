"""The attention visualizer: where each word of a few sentences looks in a language model, and what looks are worth."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from deref.explorables.numbers import numbers
from deref.figures.style import subplots
from deref.figures.words import head_grid, word_bars
from deref.lm.model import LanguageModel, language_model
from deref.sections.ch06.looking.packed_patterns import LEVELS, pack
from deref.sections.ch06.looking.readings import LEAST, Reading, chosen, readings
from evidence.results.explorable import Explorable
from evidence.unavailable import Absent

FIRST_TOKEN = "start"


def attention_visualizer() -> Explorable | Absent:
    """Export all weights on every sentence, the first at once and the others to be fetched on demand.

    Returns:
        The explorable, or why this build cannot have it.
    """
    try:
        found = readings()
    except Absent as reason:
        return reason
    layers, heads = found[0].patterns.shape[:2]
    figure, table = _drawing(found[0])
    return Explorable(
        module="attention-visualizer", figure=figure, table=table,
        data={"layers": layers, "heads": heads, "levels": LEVELS, "least": LEAST, "sentences": list(map(_told, found)),
              "parameters": _parameters(language_model())},
        references={one.sentence.key: _case(one) for one in found},
        weights={one.sentence.key: _bytes(one) for one in found},
        late=frozenset(one.sentence.key for one in found[1:]))


def _parameters(model: LanguageModel) -> int:
    """How many numbers a page would have to fetch to read a sentence that nobody has read for it."""
    blocks = (values for block in model.blocks for values in block.values())
    return sum(values.numel() for values in (model.embedding, model.final_gain, *blocks))


def _names(reading: Reading) -> list[str]:
    return [FIRST_TOKEN, *reading.pieces[1:]]


def _told(reading: Reading) -> dict[str, Any]:
    """What the script has to know of a sentence before it fetches the weights."""
    sentence, (layer, head) = reading.sentence, chosen(reading, "worth")
    return {"key": sentence.key, "title": sentence.title, "file": f"{sentence.key}.bin", "pieces": _names(reading),
            "right": sentence.right.strip(), "wrong": sentence.wrong.strip(), "margin": round(reading.cuts.margin, 7),
            "together": numbers(reading.cuts.together), "on": reading.target, "layer": layer, "head": head}


def _bytes(reading: Reading) -> bytes:
    """What cutting each edge from the last word takes from the margin, as 32-bit floats, and the weights behind it."""
    return np.ascontiguousarray(reading.cuts.single.numpy(), dtype="<f4").tobytes() + pack(reading.patterns)


def _case(reading: Reading) -> dict[str, Any]:
    """What PyTorch's own attention gives in one head of each layer, (query, key), and what the cuts there take."""
    weights, single = reading.recomputed(), reading.cuts.single
    heads = [(5 * layer) % single.shape[1] for layer in range(len(single))]
    return {"heads": heads, "weights": [numbers(weights[pair]) for pair in enumerate(heads)],
            "cuts": [[None if x != x else x for x in numbers(single[pair])] for pair in enumerate(heads)]}


def _drawing(reading: Reading) -> tuple[Figure, dict[str, list]]:
    """The head whose edge to the deciding word is worth most: all its looks from the last word, and what they do."""
    layer, head = chosen(reading, "worth")
    weights = reading.patterns[:, :, -1].numpy()
    row, cuts = weights[layer, head, :-1], reading.cuts.single[layer, head].numpy()
    figure, axes = subplots(1, 3, height=5.2, width_ratios=(1, 1, 1.2))
    words = [name.strip() for name in _names(reading)[:-1]]
    word_bars(axes[0], words, row)
    axes[0].set(xlim=(0, 1), xticks=(0, 0.5, 1), xlabel="weight", title=f"layer {layer}, head {head}")
    word_bars(axes[1], words, cuts, ("purple", "orange"))
    axes[1].set(xlabel="lost when cut", yticklabels=[])
    image = head_grid(axes[2], weights[:, :, reading.target], (layer, head))
    axes[2].set_title(f'every head on "{words[reading.target]}"')
    figure.colorbar(image, ax=axes[2], label="weight")
    return figure, {"token": list(range(len(words))), "word": words, "weight": row.tolist(), "lost": cuts.tolist()}
