"""Section "A real language model": the head that writes down what came before, and what hangs on it."""

from functools import cache

import numpy as np

from deref.lm.repeats import HALF, SIZE, induction_edges
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.language import SEEDS, clean, cost, induction_heads, ranked, scores
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store


def _previous(number: int = 0) -> Head:
    return ranked("previous")[number]


PARTS = {"off": ("everywhere", None), "off-first": ("in the first half alone", range(HALF + 1)),
         "off-second": ("in the second half alone", range(HALF + 1, SIZE))}


def _declare_previous(key: str, where: str, nodes: range | None) -> None:
    @result(f"lm.previous.{key}", title=f"Share of the gain lost without the strongest previous-token head {where}")
    def lost(store: Store) -> Estimate:
        return mean_t(cost("random", _previous(), nodes=nodes), "sequences")


for _key, (_where, _nodes) in PARTS.items():
    _declare_previous(_key, _where, _nodes)


@cache
def induction_after(nodes: range | None) -> np.ndarray:
    """Mean induction score of the eight heads (sequence,), with the previous-token head off at some nodes; None: on."""
    run = clean("random")
    found = run.weights(induction_edges(len(run.tokens)), without=() if nodes is None else (_previous(),), nodes=nodes,
                        start=_previous().layer)
    return np.mean([found[layer][:, head].numpy() for layer, head in induction_heads()], axis=0, dtype=float)


for _key, _title, _off in (("clean", "at work", None), ("after", "off in the first half", PARTS["off-first"][1])):
    def _declare_after(key: str, title: str, nodes: range | None) -> None:
        @result(f"lm.previous.induction-{key}", format=".2f",
                title=f"Weight of the eight induction heads on what followed, the previous-token head {title}")
        def weight(store: Store) -> Estimate:
            return mean_t(induction_after(nodes), "sequences", (0, 1))
    _declare_after(_key, _title, _off)


@result("lm.twin.score", title="Weight on the token before, of the head with the second most", format=".2f")
def twin_score(store: Store) -> Estimate:
    layer, head = _previous(1)
    return mean_t(scores(SEEDS)["previous"][layer, head].numpy(), "sequences", (0, 1))


@result("lm.twin.off", title="Share of the gain lost without the second previous-token head")
def twin_off(store: Store) -> Estimate:
    return mean_t(cost("random", _previous(1)), "sequences")
