"""Section "A real language model": the head that writes down what came before, and what is lost without it."""

from functools import cache

import numpy as np
from jaxtyping import Float

from deref.lm.repeats import HALF, SIZE, induction_edges
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.heads import SEEDS, SELECTED, induction_heads, ranked, scores
from deref.sections.ch07.language.repeats import RANDOM, clean, cost
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

FIRST_HALF, SECOND_HALF = range(HALF + 1), range(HALF + 1, SIZE)


def previous_head() -> Head:
    """The head with most weight on the token before."""
    return ranked("previous")[0]


def twin() -> Head:
    """The head with the second most weight there."""
    return ranked("previous")[1]


@result("lm.previous.off", title="Share of the gain lost without the strongest previous-token head everywhere")
def off_everywhere(store: Store) -> Estimate:
    return mean_t(cost(RANDOM, previous_head()), "sequences")


@result("lm.previous.off-first",
        title="Share of the gain lost without the strongest previous-token head in the first half alone")
def off_in_the_first_half(store: Store) -> Estimate:
    return mean_t(cost(RANDOM, previous_head(), nodes=FIRST_HALF), "sequences")


@result("lm.previous.off-second",
        title="Share of the gain lost without the strongest previous-token head in the second half alone")
def off_in_the_second_half(store: Store) -> Estimate:
    return mean_t(cost(RANDOM, previous_head(), nodes=SECOND_HALF), "sequences")


@cache
def induction_weight(off: bool) -> Float[np.ndarray, "sequence"]:
    """The eight heads' mean weight on what followed the last time.

    Args:
        off: whether the previous-token head is off in the first half.
    """
    run, head = clean(RANDOM), previous_head()
    found = run.weights(induction_edges(len(run.tokens)), without=(head,) if off else (),
                        nodes=FIRST_HALF if off else None, start=head.layer)
    return np.mean([found[layer][:, head].numpy() for layer, head in induction_heads()], axis=0, dtype=float)


@result("lm.previous.induction-clean", format=".2f",
        title="Weight of the eight induction heads on what followed, the previous-token head at work")
def induction_weight_clean(store: Store) -> Estimate:
    return mean_t(induction_weight(off=False), "sequences", (0, 1))


@result("lm.previous.induction-after", format=".2f",
        title="Weight of the eight induction heads on what followed, the previous-token head off in the first half")
def induction_weight_after(store: Store) -> Estimate:
    return mean_t(induction_weight(off=True), "sequences", (0, 1))


@result("lm.twin.score", title="Weight on the token before, of the head with the second most", format=".2f")
def twin_score(store: Store) -> Estimate:
    layer, head = twin()
    return mean_t(scores(SEEDS)["previous"][layer, head].numpy(), "sequences", (0, 1))


@result("lm.twin.layer", title="The layer of the head with the second most weight on the token before", format="d")
def twin_layer(store: Store) -> Estimate:
    return exact(twin().layer, SELECTED)


@result("lm.twin.head", title="The head of the head with the second most weight on the token before", format="d")
def twin_head(store: Store) -> Estimate:
    return exact(twin().head, SELECTED)


@result("lm.twin.off", title="Share of the gain lost without the second previous-token head")
def twin_off(store: Store) -> Estimate:
    return mean_t(cost(RANDOM, twin()), "sequences")
