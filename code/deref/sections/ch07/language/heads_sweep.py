"""Every head of the language model, switched off by itself: what that costs in seven kinds of text."""

from deref.lm.baseline import baseline, watch_edges
from deref.lm.cases import batch_of
from deref.lm.model import language_model
from deref.lm.repeats import (
    AGAIN,
    FIRST,
    first_edges,
    induction_edges,
    previous_edges,
    random_repeats,
    text_repeats,
)
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.texts import FUNCTIONS, PASSAGES, SELECTED_ON
from deref.sweep import Table, sweep
from evidence.runs import Store

SEEDS, TEXTS = range(200, 204), 4
EDGES = {"previous": previous_edges, "induction": induction_edges, "first": first_edges}


@sweep("lm-heads", about="Each head of the language model switched off by itself, in repeats, first readings and "
                         "sentences with something to find: what it looks at, and what is lost without it.")
def heads(store: Store) -> Table:
    model = language_model()
    layers, per_layer = model.shape.layers, model.shape.heads
    tokens = random_repeats(SEEDS, model.shape.vocab)
    found: dict[str, list] = {name: [] for name in EDGES}
    random = baseline(model, tokens, *(watch_edges(edges(len(tokens)), range(layers), found[name])
                                       for name, edges in EDGES.items()))
    text = baseline(model, text_repeats(PASSAGES[:TEXTS], model.words))
    batches = {name: batch_of(model, [case for group in groups[SELECTED_ON:] for case in group])
               for name, groups in FUNCTIONS.items()}

    def readings(*without: Head) -> dict[str, float]:
        both = text.losses([*FIRST, *AGAIN], without=without)
        return {"random": random.losses(AGAIN, without=without).mean().item(),
                "text": both[:, len(FIRST):].mean().item(), "text_first": both[:, : len(FIRST)].mean().item(),
                **{name: -batch.margins(without).mean().item() for name, batch in batches.items()}}

    clean = readings()
    columns: dict[str, list] = {"layer": [], "head": []}
    for head in (Head(layer, head) for layer in range(layers) for head in range(per_layer)):
        row = dict(layer=head.layer, head=head.head)
        row |= {f"{name}_weight": x[head.layer][:, head.head].mean().item() for name, x in found.items()}
        row |= {f"{name}_cost": value - clean[name] for name, value in readings(head).items()}
        for name, value in row.items():
            columns.setdefault(name, []).append(value if isinstance(value, int) else round(value, 6))
    on = {name: batch.weights()[0].mean(-1).flatten() for name, batch in batches.items()}
    for name, weights in on.items():
        columns[f"{name}_weight"] = [round(x, 6) for x in weights.tolist()]
        columns[f"{name}_margin"] = [round(-clean[name], 6)] * len(weights)
    gain = random.losses(FIRST).mean() - clean["random"]
    return {**columns, "random_gain": [round(float(gain), 6)] * len(columns["layer"])}
