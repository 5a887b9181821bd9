"""The claims of the section "Remedies at sixteen and thirty-two cells"."""

from evidence.claims.claim import NOT_RUN, SUPPORTED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, Test, above, all_of, below, within

_MEAN, _SOLVED = "the mean accuracy with", "the share of seeds that solve the task with"
_SEEDS = "Seeds as far as the released record has them."


def _gain(what: str) -> str:
    return f"{_MEAN} {what}, less that without,"


def _gains(arm: str, what: str, by: str = "5%") -> Test:
    """An arm at sixteen cells is better than the plain one by so much."""
    return above(f"own.{arm}.gain", by, _gain(what))


def _same(arm: str, what: str) -> Test:
    """An arm at sixteen cells is within five points of the plain one."""
    return within(f"own.{arm}.gain", "-5%", "5%", _gain(what))


CLAIMS = (
    Claim(
        id="f.data-does-not-help", chapter=6, source="f",
        statement="At sixteen cells more examples do not help two layers, while the MLP learns from them.",
        quote="plateaus near chance regardless of how much data it sees",
        setting=f"Sixteen cells, 5,000 and 20,000 examples, 6,000 steps. {_SEEDS}",
        criterion=Criterion(parts={
            "four times the examples change two layers by less than five points": _same("few-16", "5,000 examples"),
            "the MLP solves it with either": all_of(
                above("own.mlp-few-16.mean", "98%", f"{_MEAN} an MLP and 5,000 examples"),
                above("own.mlp-16.mean", "98%", f"{_MEAN} an MLP and 20,000 examples")),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.recipes-do-not-help", chapter=6, source="f",
        statement="At sixteen cells no other recipe helps: warm-up, clipping, larger batches, more steps and other "
                  "rates stay within a few points.",
        quote="no recipe rescues the model",
        setting=f"Sixteen cells, one change of the recipe each; batches of 128 have a quarter of the steps. {_SEEDS} A "
                "few points are five.",
        criterion=Criterion(parts={
            f"{what} stays within five points": _same(arm, what) for arm, what in (
                ("warmup-16", "a warm-up"), ("clip-16", "clipping"), ("batch-16", "larger batches"),
                ("long-16", "20,000 steps"), ("slow-16", "a smaller rate"), ("fast-16", "a larger rate"))}),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.supervision", chapter=6, source="f",
        statement="At sixteen cells a loss at every position hurts, weighting the last one undoes the harm, and a "
                  "query token helps.",
        quote="dense per-position supervision hurts",
        setting=f"Sixteen cells, two layers of one head. {_SEEDS}",
        criterion=Criterion(parts={
            "a loss at every position hurts": below(
                "own.every-16.gain", "-5%", _gain("a loss at every position")),
            "weighting the last position undoes it": _same("weighted-16", "the last position weighted"),
            "a query token helps": _gains("query-16", "a query token", by="2%"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.variants-16", chapter=6, source="f",
        statement="At sixteen cells four heads or learned positions solve the task; more layers, more width, a larger "
                  "MLP and no mask change nothing.",
        quote="Depth, width, FFN size, and the causal mask are all non-issues",
        setting=f"Sixteen cells, one change of the architecture each. {_SEEDS}",
        criterion=Criterion(parts={
            "learned positions solve it": above("own.learned-16.mean", "98%", f"{_MEAN} learned positions"),
            "four heads nearly solve it": above("own.heads-4-16.mean", "95%", f"{_MEAN} four heads"),
            **{f"{what} changes nothing": _same(arm, what) for arm, what in (
                ("layers-3-16", "a third layer"), ("layers-4-16", "a fourth layer"),
                ("width-128-16", "twice the width"), ("no-mask-16", "no causal mask"),
                ("mlp-512-16", "an MLP of 512 units"))},
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.scale-balance", chapter=6, source="f",
        statement="The cause is that embeddings are small beside sinusoidal positions: with larger ones two layers do "
                  "better.",
        quote="The content signal is roughly 35× smaller than the positional signal",
        setting=f"Sixteen cells, sinusoidal positions; embeddings that start 25 times as large, and embeddings times "
                f"the root of the width, as the first transformer has them. {_SEEDS}",
        criterion=Criterion(parts={
            "a larger start helps": _gains("start-25-16", "embeddings that start 25 times as large"),
            "the factor of the first transformer helps": _gains(
                "times-root-16", "embeddings times the root of the width"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.learned-not-enough", chapter=6, source="f",
        statement="At 24 and 32 cells learned positions alone are not enough.",
        quote="learned PE alone does not generalize the fix",
        setting=f"Two layers, one head, width 64, learned positions, 6,000 steps. {_SEEDS}",
        criterion=Criterion(parts={
            f"{cells} cells stay unsolved": below(f"own.learned-{cells}.solved", "50%",
                                                  f"{_SOLVED} learned positions at {cells} cells")
            for cells in (24, 32)}),
        expected=SUPPORTED,
    ),
    Claim(
        id="f.kitchen-sink", chapter=6, source="f",
        statement="With width, heads, learned positions and warm-up together two layers solve 16 and 24 cells and not "
                  "32, whatever the time.",
        quote="0.9975 at 24 cells, 0.680 at 32, 0.7625 after 30000 iterations",
        setting=f"Width 128, four heads, learned positions, warm-up of 500 steps, 8,000 steps. {_SEEDS}",
        criterion=Criterion(parts={
            **{f"{cells} cells are solved": above(f"own.sink-{cells}.mean", "95%", f"{_MEAN} {cells} cells")
               for cells in (16, 24)},
            "32 cells are not solved": below("own.sink-32.mean", "85%", f"{_MEAN} 32 cells"),
            "30,000 steps do not solve them either": below("own.sink-32-long.mean", "85%", f"{_MEAN} 30,000 steps"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.sweep-32", chapter=6, source="f",
        statement="At 32 cells and 15,000 steps a third layer helps and twice the width does not.",
        quote="More width alone: no. More depth: yes.",
        setting=f"Torch's encoder, 32 cells, 15,000 steps. {_SEEDS}",
        criterion=Criterion(parts={
            "a third layer helps": above("own.sweep-3.gain", "5%", f"{_MEAN} three layers less that with two"),
            "twice the width does not": below(
                "own.sweep-2-wide.gain", "5%", f"{_MEAN} twice the width less that without"),
        }),
        expected=NOT_RUN,
    ),
    Claim(
        id="f.depth-32", chapter=6, source="f",
        statement="At 32 cells two layers stay near chance for 40,000 steps, and three, which differ in nothing else, "
                  "solve the task.",
        quote="Depth is the knob at M = 32, decisively",
        setting=f"Torch's encoder, 32 cells, 40,000 steps on 20,000 examples, layers that start equal, as torch makes "
                f"them. {_SEEDS}",
        criterion=Criterion(parts={
            "two layers stay near chance": below("own.depth-2.mean", "70%", f"{_MEAN} two layers"),
            "three layers nearly solve it": above("own.depth-3.mean", "90%", f"{_MEAN} three layers"),
            "with layers that start unequal two stay near chance too": below(
                "own.unequal-2.mean", "70%", f"{_MEAN} two layers that start unequal"),
            "on fresh examples they stay there too": below(
                "own.fresh-2.mean", "70%", f"{_MEAN} two layers, fresh examples"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.fan-out", chapter=6, source="f",
        statement="What is hard about 32 cells is to tell them apart, not the number of address bits.",
        quote="the precision of the 1-of-M selection, not the depth of the address decode",
        setting=f"The kitchen-sink recipe with 24 of 32 cells asked for, and with 24 cells and a sixth address bit. "
                f"{_SEEDS}",
        criterion=Criterion(parts={
            "with 32 cells there is no solution though only 24 are asked for": below(
                "own.fan-32-of-24.mean", "85%", f"{_MEAN} 24 of 32 cells asked for"),
            "a sixth address bit does no harm to 24 cells": above(
                "own.fan-24-six.mean", "95%", f"{_MEAN} a sixth address bit"),
        }),
        expected=UNSETTLED,
    ),
)
