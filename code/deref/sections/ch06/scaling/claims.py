"""The claims of the section "Why scores are divided"."""

from evidence.claims.claim import SUPPORTED, Claim, Criterion
from evidence.claims.criterion import above, all_of, exceeds, within

SIZES = (8, 32, 128)


def _saturates(what: str, share: float, name: str):
    """Without the division a quantity is less than a share of what it is with it."""
    return exceeds(f"scaling.divided.{what}-512", f"scaling.undivided.{what}-512", f"{name} at head size 512 with the "
                   "division", "what it is without", times=1 / share)

CLAIMS = (
    Claim(
        id="d.sqrt-scaling", chapter=6, source="d",
        statement="Dot products of queries and keys have a variance that grows like the head size; dividing by its "
                  "root keeps softmax from saturating, and a model trainable.",
        quote="Large scores make softmax saturate, which produces tiny gradients and brittle one-hot attention",
        setting="Random queries and keys, ten draws; and models trained on a lookup with the division and without, ten "
                "seeds an arm, at three head sizes.",
        criterion=Criterion(
            needed=all_of(
                within("scaling.variance-exponent", "0.95", "1.05", "the exponent of the variance in the head size"),
                _saturates("entropy", 1 / 4, "the entropy of the weights"),
                _saturates("gradient", 1 / 10, "the median derivative of softmax")),
            parts={f"more seeds learn with the division at head size {size}": above(
                f"scaling.gain-{size}", "0", f"the gain in the share of seeds that solve the lookup at head size {size}"
            ) for size in SIZES}),
        power="Ten seeds an arm: nearly all learn with the division and few without, so the intervals stay clear of 0.",
        expected=SUPPORTED,
    ),
)
