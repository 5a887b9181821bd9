"""The claims of the section "Depth, width, heads, time"."""

from evidence.claims.claim import MIXED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, at_most, below

_SOLVED = "the share of seeds that solve the task with"

CLAIMS = (
    Claim(
        id="a.two-layers-stall", chapter=6, source="a",
        statement="At some memory size a two-layer model stops solving the task, and neither more width nor more "
                  "training helps.",
        quote="making it wider does not help, and training it longer does not help",
        setting="24 cells, one head a layer, a fixed number of steps: two layers of width 16 (forty seeds), twice as "
                "wide (24 seeds), and three times as many steps (ten seeds). A seed solves the task if more than 99% "
                "of its answers about held-out memories are right, over all addresses; the mean time to solve it "
                "counts a seed that does not as the whole budget of 4,000 steps.",
        criterion=Criterion(parts={
            "most seeds with two layers do not solve the task":
                below("depth.two.solved", "50%", f"{_SOLVED} two layers"),
            "twice the width saves less than a quarter of the budget":
                below("depth.wide.time-saved", "1,000", "the mean number of steps that twice the width saves"),
            "three times the steps bring no more seeds to a solution":
                at_most("depth.long.share-gain", "0", f"{_SOLVED} three times the steps, minus that without them,"),
        }),
        power="By the spread of seeds in three replications, forty with two layers, 24 of the wide arm and ten of the "
              "long one settle every part in 19 builds of 20; with ten wide ones, as before, one of the three left "
              "that part open. An earlier criterion, changed after they were seen, counted seeds and "
              "let two of ten and three of ten decide.",
        expected=MIXED,
    ),
    Claim(
        id="a.third-layer-solves", chapter=6, source="a",
        statement="Where two layers stall, one more layer of the same width solves the task in the same budget.",
        quote="it transitions from stuck to solved",
        setting="24 cells, one head a layer, width 16, forty seeds with two layers and forty with three, the same "
                "steps. A seed solves the task if more than 99% of its answers about held-out memories are right, over "
                "all addresses.",
        criterion=Criterion(
            parts={
                "a third layer brings more seeds to a solution":
                    above("depth.three.share-gain", "0", f"{_SOLVED} three layers, minus that with two,"),
                "most seeds with a third layer solve the task":
                    above("depth.three.solved", "50%", f"{_SOLVED} three layers"),
            },
            needed=below("depth.two.solved", "50%", f"{_SOLVED} two layers"),
        ),
        power="Forty seeds an arm: resampling the ten of each that there were before, they show a gain in nine builds "
              "of ten (the mean time to solve would in eight). A share of four in ten, which those ten gave, would "
              "take some three hundred seeds to tell from a half.",
        expected=UNSETTLED,
    ),
)
