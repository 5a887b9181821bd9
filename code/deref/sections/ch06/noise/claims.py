"""The claims of the section "Noise or depth?"."""

from evidence.claims.claim import MIXED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below

_SOLVED = "the share of seeds that solve the task with"

CLAIMS = (
    Claim(
        id="ours.noise-not-depth", chapter=6, source="ours",
        statement="Much of the stall is gradient noise: showing every address of a memory at once dissolves it.",
        quote="Noise or depth?",
        setting="16 cells, two layers, five seeds an arm, fresh data and a fixed set of 20,000 examples. A seed "
                "solves the task if more than 99% of its answers about held-out memories are right, over all "
                "addresses. The batch of equal tokens is trained twice: for as many steps as the others, and on, with "
                "a learning rate of its own (sixteen seeds).",
        criterion=Criterion(parts={
            "with all addresses of a memory at once the stall is gone":
                all_of(*(test for data in ("fresh", "fixed") for test in (
                    below(f"noise.tokens.{data}.solved", "50%", f"{_SOLVED} as many tokens of {data} examples"),
                    above(f"noise.shared.{data}.solved", "50%", f"{_SOLVED} shared memories of {data} examples")))),
            "batches as small as that stall even after as many examples":
                below("noise.long.fresh.solved", "50%",
                      f"{_SOLVED} that small a batch of fresh examples and more steps"),
        }),
        power="Of five seeds, all or none differ from a half, and of sixteen, twelve: with nine of ten that solve "
              "the task that holds in 19 builds of 20. The second part was added when a reader had seen that the arms "
              "were compared after equal steps, not after equal examples; eight of its seeds were seen before the "
              "number of seeds and steps was settled.",
        expected=MIXED,
    ),
)
