"""Examples a second: the trie form against the flat form, same model, both reading out where it counts."""

import math
from collections.abc import Iterator

from subjects import examples, of_same_size, wide
from timing import Row, in_turns

TOKENS = 1128  # a step: twelve trie sequences at M = 32
SIZES = (16, 32, 64, 128, 256)
GOALS = {32: 6, 256: 30}


def measure() -> Iterator[Row]:
    """Compare both forms at every size, at the same number of tokens a step."""
    cost = {}
    for M in SIZES:
        configs = {form: of_same_size(wide(M), form, TOKENS) for form in ("trie", "flat")}
        seconds = in_turns({form: config.trainer((0,)).advance for form, config in configs.items()}, rounds=5)
        cost[M] = {form: 1e6 * seconds[form] / examples(config) for form, config in configs.items()}
        goal = f"at least {GOALS[M]}" if M in GOALS else ""
        trie, flat = cost[M]["trie"], cost[M]["flat"]
        yield Row(what=f"M = {M}: examples a second, trie / flat", goal=goal,
                  value=f"{flat / trie:.1f}   ({trie:.0f} and {flat:.0f} us an example)")
    for form in ("trie", "flat"):
        power = math.log(cost[SIZES[-1]][form] / cost[SIZES[0]][form]) / math.log(SIZES[-1] / SIZES[0])
        line = ", ".join(f"{cost[M][form]:.0f}" for M in SIZES)
        yield Row(what=f"{form}: us an example at M = {', '.join(map(str, SIZES))}",
                  value=f"{line}   (grows as M^{power:.2f})")
