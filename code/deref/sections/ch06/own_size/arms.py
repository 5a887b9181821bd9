"""The arms of the sweep `book` that pages tell of: in which part each is, and what it is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """An arm as pages tell of it.

    Args:
        part: of the sweep.
        arm: its name there.
        title: what it is, as a noun phrase.
    """

    part: str
    arm: str
    title: str


_TITLES = {
    "at-8": {"one-8": "one layer, 8 cells", "two-8": "two layers, 8 cells", "two-heads-8": "two heads, 8 cells",
             "eps-8": "two layers with a larger eps, 8 cells", "mlp-64-8": "the MLP of 64 units, 8 cells",
             "mlp-128-8": "the MLP of 128 units, 8 cells"},
    "stop-8": {"stop-8": "two layers that stop when they have solved, 8 cells"},
    "two-hop": {"hop-one": "two hops, one layer", "hop-two": "two hops, two layers",
                "hop-three": "two hops, three layers"},
    "mlp": {**{f"mlp-{cells}": f"the MLP of 128 units, {cells} cells" for cells in (8, 16, 24, 32, 48, 64)},
            "mlp-few-16": "the MLP with 5,000 examples, 16 cells", "mlp-wide-48": "the MLP of 512 units, 48 cells",
            "mlp-fresh-48": "the MLP of 128 units on fresh examples, 48 cells"},
    "scale": {"base-16": "two layers of one head, 16 cells",
              "start-25-16": "embeddings that start 25 times as large, 16 cells",
              "times-root-16": "embeddings times the root of the width, 16 cells",
              "learned-16": "learned positions, 16 cells"},
    "supervision": {"every-16": "loss at every position, 16 cells",
                    "weighted-16": "loss at every position, the last one counted ten times, 16 cells",
                    "query-16": "a query token, 16 cells"},
    "variants": {"layers-3-16": "three layers, 16 cells", "layers-4-16": "four layers, 16 cells",
                 "width-128-16": "twice the width, 16 cells", "no-mask-16": "no causal mask, 16 cells",
                 "mlp-512-16": "an MLP of 512 units in each block, 16 cells", "heads-4-16": "four heads, 16 cells"},
    "data": {"few-16": "5,000 examples, 16 cells"},
    "recipes": {"warmup-16": "warm-up, 16 cells", "clip-16": "clipped gradients, 16 cells",
                "batch-16": "batches of 128, 16 cells", "long-16": "20,000 steps, 16 cells",
                "slow-16": "a smaller learning rate, 16 cells", "fast-16": "a larger learning rate, 16 cells"},
    "sizes": {f"base-{cells}": f"two layers of one head, {cells} cells" for cells in (8, 24, 32, 48, 64)},
    "learned": {f"learned-{cells}": f"learned positions, {cells} cells" for cells in (24, 32)},
    "kitchen-sink": {f"sink-{cells}": f"the kitchen-sink recipe, {cells} cells" for cells in (16, 24, 32)},
    "sink-long": {"sink-32-long": "the kitchen-sink recipe for 30,000 steps, 32 cells"},
    "fan-out": {"fan-32-of-24": "24 of 32 cells asked for", "fan-24-six": "24 cells with a sixth address bit"},
    "sweep-32": {"sweep-2": "two layers, 15,000 steps, 32 cells", "sweep-2-wide": "two layers, twice the width",
                 "sweep-3": "three layers, 15,000 steps, 32 cells", "sweep-3-wide": "three layers, twice the width"},
    "depth-32": {**{f"depth-{layers}": f"{word} layers, 40,000 steps, 32 cells" for layers, word in
                    ((2, "two"), (3, "three"))},
                 **{f"fresh-{layers}": f"{word} layers on fresh examples, 40,000 steps, 32 cells" for layers, word in
                    ((2, "two"), (3, "three"))}},
    "starts-32": {"unequal-2": "two layers that start unequal, 32 cells",
                  "unequal-3": "three layers that start unequal, 32 cells",
                  "x-default": "the readable model from torch's default start, 32 cells"},
    "x": {"x": "the readable model of three layers, 32 cells"},
}

ARMS = {arm: Told(part, arm, title) for part, titles in _TITLES.items() for arm, title in titles.items()}
"""Every arm, by its name."""
PRINTED = {"base-16": 0.747, "few-16": 0.741, "every-16": 0.567, "weighted-16": 0.726, "query-16": 0.816,
           "layers-3-16": 0.733, "layers-4-16": 0.729, "width-128-16": 0.751, "no-mask-16": 0.746, "mlp-512-16": 0.726,
           "heads-4-16": 0.983, "learned-16": 1.0}
"""What the book prints of its arms at sixteen cells, from one seed each; of recipes it says "within a few points"."""
SIXTEEN = (*PRINTED, *_TITLES["recipes"])
"""The arms at sixteen cells that change the textbook's own model in one thing."""
