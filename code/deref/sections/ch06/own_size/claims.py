"""The claims of the section "At the textbook's own size"."""

from evidence.claims.claim import UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of, at_most, below, exceeds

_MEAN, _SOLVED = "the mean accuracy of", "the share of seeds that solve the task with"
_ALL = "Ten seeds of each arm, from the released record."

CLAIMS = (
    Claim(
        id="f.depth-at-8", chapter=6, source="f",
        statement="At eight cells one layer stalls, two layers solve the task, and so does an MLP of the whole input.",
        quote="MLP 1.000, one layer 0.654, two layers 1.000",
        setting=f"Eight cells, the book's own model and recipe, 2,000 steps. {_ALL} A seed solves the task if more "
                "than 99% of its answers to held-out questions are right after the last step.",
        criterion=Criterion(parts={
            "one layer stalls": all_of(
                below("own.one-8.mean", "75%", f"{_MEAN} one layer"),
                below("own.one-8.solved", "50%", f"{_SOLVED} one layer")),
            "most seeds of two layers solve the task": above("own.two-8.solved", "50%", f"{_SOLVED} two layers"),
            "most seeds of the MLP solve the task": above("own.mlp-64-8.solved", "50%", f"{_SOLVED} the MLP"),
        }),
        power="Three of the ten solve it. A share of three in ten takes some thirty seeds to tell from a half.",
        expected=UNSETTLED,
    ),
    Claim(
        id="f.sudden", chapter=6, source="f",
        statement="Two layers sit on the loss of a guess for hundreds of steps and then fall at once; the MLP improves "
                  "smoothly.",
        quote="MLP improves smoothly; transformer plateaus then groks",
        setting=f"Eight cells, 2,000 steps, training loss every fifty steps. {_ALL} Seeds count that reach a loss "
                "below 0.1 nats. The plateau ends when the loss is first below 0.6; a fall is at once if most of it "
                "lies within a tenth of training.",
        criterion=Criterion(parts={
            "two layers wait for hundreds of steps": above(
                "own.two-8.plateau", "200", "the number of steps before two layers leave the plateau"),
            "their loss falls at once": above(
                "own.two-8.fall", "50%", "the largest share of the fall of two layers within a tenth of training"),
            "that of the MLP falls more gradually": exceeds(
                "own.two-8.fall", "own.mlp-64-8.fall", "that share", "that of the MLP"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.mlp-experts", chapter=6, source="f",
        statement="The MLP is a table of experts, one for each address, and fails where the addresses outgrow its 128 "
                  "hidden units.",
        quote="a brute-force expert-per-address decomposition",
        setting=f"An MLP of 128 hidden units, 6,000 steps, batches of 64. {_ALL} If units were what is lacking at 48 "
                "cells, which have six address bits, four times as many would do better; if examples were, fresh ones "
                "would.",
        criterion=Criterion(parts={
            "the MLP solves up to 24 cells": all_of(*(above(
                f"own.mlp-{cells}.mean", "95%", f"{_MEAN} the MLP at {cells} cells") for cells in (8, 16, 24))),
            "the MLP fails at 48 and 64 cells": all_of(*(below(
                f"own.mlp-{cells}.mean", "75%", f"{_MEAN} the MLP at {cells} cells") for cells in (48, 64))),
            "units are what the MLP lacks": above(
                "own.mlp-wide-48.gain", "5%", f"{_MEAN} the MLP of 512 units less that of 128 units"),
            "more examples leave the MLP where it is": at_most(
                "own.mlp-fresh-48.mean", "75%", f"{_MEAN} the MLP on fresh examples"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.second-head-idle", chapter=6, source="f",
        statement="At eight cells a second head adds nothing, and the two heads do not specialise.",
        quote="The heads do not specialize because there is nothing to specialize on",
        setting="Eight cells, two layers, ten seeds. Heads specialise if the two of the last layer look at different "
                "positions: if more than half of the weight of one would have to move to make it the other.",
        criterion=Criterion(parts={
            "a second head adds nothing": below(
                "own.two-heads-8.gain", "2%", f"{_MEAN} two heads less that of one"),
            "the heads do not specialise": below(
                "read8.heads-apart", "50%", "the distance of the patterns of the two heads"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.scaling", chapter=6, source="f",
        statement="From sixteen cells on two layers of one head stay near chance, and the MLP beats them at 16, 24 and "
                  "32 cells.",
        quote="plateaus near chance at every M ≥ 16",
        setting="Two layers, one head, width 64, sinusoidal positions, 6,000 steps, and the MLP of 128 units; seeds as "
                "far as the released record has them.",
        criterion=Criterion(parts={
            "two layers solve eight cells": above("own.base-8.mean", "95%", f"{_MEAN} two layers at 8 cells"),
            "they do not solve more": all_of(*(below(
                f"own.base-{cells}.mean", "80%", f"{_MEAN} two layers at {cells} cells")
                for cells in (16, 24, 32, 48, 64))),
            "the MLP beats them at 16, 24 and 32 cells": all_of(*(above(
                f"own.mlp-{cells}.lead", "0%", f"{_MEAN} the MLP at {cells} cells less that of two layers")
                for cells in (16, 24, 32))),
        }),
        expected=UNSETTLED,
    ),
)
