"""The claims that chapter 7 tests."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
MODELS = ("legible-8", "large-32")


def _flip_addressed(results: Results) -> Verdict:
    held = [name for name in MODELS if above(results[f"flip.{name}.addressed"], 0.985)]
    return _all_or_some(held)


def _flip_other(results: Results) -> Verdict:
    held = [name for name in MODELS if below(results[f"flip.{name}.other"], 0.015)]
    return _all_or_some(held)


def _all_or_some(held: list[str]) -> Verdict:
    if len(held) == len(MODELS):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"holds for {', '.join(held)} alone") if held else Verdict(REFUTED)


def _trace_transports(results: Results) -> Verdict:
    start, end = results["trace.large-32.cell-after-0"], results["trace.large-32.readout-after-2"]
    middle, earlier = results["trace.large-32.cell-after-1"], results["trace.large-32.earlier-max"]
    if earlier.value > 1e-6 or not (above(start, 0.99) and above(end, 0.99)):
        return Verdict(REFUTED)
    if not below(middle, 0.9):
        return Verdict(MIXED, "the bit ends at the readout, but leaves its cell in the last layer alone")
    return Verdict(SUPPORTED)


CLAIMS = (
    Claim(
        id="b.flip-addressed", chapter=7, source="b",
        statement="Flipping the addressed bit flips the model's answer.",
        quote="it tracks the new value about 99.5% of the time",
        criterion=ByHand(
            needs=tuple(f"flip.{name}.addressed" for name in MODELS),
            text="Every address of every memory tested: the answer changes in more than 98.5% of cases, with the "
                 "whole interval, for the small model and the large one.",
            function=_flip_addressed,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="b.flip-other", chapter=7, source="b",
        statement="Flipping any other bit leaves the answer as it is.",
        quote="Flip any other cell and the output changes about 0.5% of the time",
        criterion=ByHand(
            needs=tuple(f"flip.{name}.other" for name in MODELS),
            text="Every pair of an address and another cell: the answer changes in less than 1.5% of cases, with "
                 "the whole interval, for the small model and the large one.",
            function=_flip_other,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="b.trace-transports", chapter=7, source="b",
        statement="Patching shows the bit carried from its cell to the readout, across the layers.",
        quote="the bit's value is transported from the addressed cell toward the readout position",
        criterion=ByHand(
            needs=("trace.large-32.cell-after-0", "trace.large-32.cell-after-1", "trace.large-32.readout-after-2",
                   "trace.large-32.earlier-max"),
            text="In the large model recovery is above 0.99 at the cell after the embedding and at the readout "
                 "after the last layer, at most 1e-6 at cells before the addressed one, and below 0.9 at the "
                 "cell after layer 1, each with its whole interval. Mixed if only the last fails.",
            function=_trace_transports,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
)
