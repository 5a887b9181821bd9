"""The claims of chapter 6 about what depth, width, heads and time buy."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]

STALL, CELLS = 0.2, 24


def _two_layers_stall(results: Results) -> Verdict:
    stalled = {key: results[f"depth.{key}.solved"].value <= STALL for key in ("two", "wide", "long")}
    if all(stalled.values()):
        return Verdict(SUPPORTED)
    helps = {"wide": "twice the width", "long": "three times the steps"}
    helped = [what for key, what in helps.items() if not stalled[key]]
    if stalled["two"] and len(helped) == 1:
        return Verdict(MIXED, f"two layers stall at this size, and {helped[0]} undoes it; the other change does not")
    return Verdict(REFUTED)


def _third_layer_solves(results: Results) -> Verdict:
    share, gain, median = (results[f"depth.three.{key}"] for key in ("solved", "share-gain", "median-gain"))
    if above(share, 0.5) and above(gain, 0):
        return Verdict(SUPPORTED)
    if above(gain, 0) or above(median, 0):
        return Verdict(MIXED, "a third layer lifts accuracy or the share of seeds that solve the task, but does not "
                              "reliably bring more than half of them to a solution")
    return Verdict(REFUTED)


def _plateau_ladder(results: Results) -> Verdict:
    groups = {"8 and 16 cells": results["plateaus.powers.near"], f"{CELLS} cells": results["plateaus.large.near"]}
    held = {size: "holds" if above(share, 0.5) else "fails" if below(share, 0.5) else "is not settled"
            for size, share in groups.items()}
    if set(held.values()) == {"holds"}:
        return Verdict(SUPPORTED)
    if set(held.values()) == {"fails"}:
        return Verdict(REFUTED)
    return Verdict(MIXED, ", ".join(f"it {word} at {size}" for size, word in held.items()))


def _noise_not_depth(results: Results) -> Verdict:
    holds = {}
    for data in ("fresh", "fixed"):
        shared, tokens, examples = (results[f"noise.{key}.{data}.solved"] for key in ("shared", "tokens", "examples"))
        holds[data] = above(shared, 0.5) and above(examples, 0.5) and tokens.value <= STALL
    names = {"fresh": "fresh data", "fixed": "a fixed set of examples"}
    if all(holds.values()):
        return Verdict(SUPPORTED)
    if any(holds.values()):
        yes, no = (next(names[data] for data in holds if holds[data] is wanted) for wanted in (True, False))
        return Verdict(MIXED, f"it holds for {yes}, not for {no}")
    return Verdict(REFUTED)


def _depth_limits_moves(results: Results) -> Verdict:
    chained = {name: results[f"khop.equal.{name}.median"].value for name in ("deep", "wide", "heads")}
    hops = chained["deep"] > max(chained["wide"], chained["heads"])
    pointer = results["depth.three.solved"].value > results["depth.heads.solved"].value
    if hops and pointer:
        return Verdict(SUPPORTED)
    if not hops and not pointer:
        return Verdict(REFUTED)
    return Verdict(MIXED, "depth is worth more than breadth where lookups must be chained, and four heads are worth "
                          "more than a third layer on a single lookup" if hops else
                          "depth is worth more than heads on a single lookup, and not where lookups must be chained")


CLAIMS = (
    Claim(
        id="a.two-layers-stall", chapter=6, source="a",
        statement="At some memory size a two-layer model stops solving the task, and neither more width nor more "
                  "training helps.",
        quote="making it wider does not help, and training it longer does not help",
        criterion=ByHand(
            needs=("depth.two.solved", "depth.wide.solved", "depth.long.solved"),
            text="24 cells, one head a layer, ten seeds an arm: two layers, twice as wide, three times as long. "
                 "Supported if in each at most two seeds of ten solve the task; mixed if two layers stall and "
                 "just one of the two changes undoes it; refuted otherwise.",
            function=_two_layers_stall,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="a.third-layer-solves", chapter=6, source="a",
        statement="Where two layers stall, one more layer of the same width solves the task in the same budget.",
        quote="it transitions from stuck to solved",
        criterion=ByHand(
            needs=("depth.three.solved", "depth.three.share-gain", "depth.three.median-gain"),
            text="The same recipe and seeds with three layers. Supported if more than half of the seeds solve "
                 "the task and more than with two layers, each by its whole interval; mixed if the share or the "
                 "median accuracy rises, by its whole interval, and no more; refuted otherwise.",
            function=_third_layer_solves,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="ours.plateau-ladder", chapter=6, source="ours",
        statement="The plateaus of a stuck model are the accuracies of knowing some of the address bits.",
        quote="a plateau can be read",
        criterion=ByHand(
            needs=("plateaus.powers.near", "plateaus.large.near"),
            text="For every seed that did not solve its task, flips identify the address bits that it goes by. "
                 "Supported if more than half of the seeds end within two points of the best accuracy with these "
                 "bits, by the whole interval, at 8 and 16 cells and at 24 cells; refuted if fewer than half do "
                 "at both; mixed otherwise.",
            function=_plateau_ladder,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="ours.noise-not-depth", chapter=6, source="ours",
        statement="Much of the stall is gradient noise: showing every address of a memory at once dissolves it.",
        quote="Noise or depth?",
        criterion=ByHand(
            needs=tuple(f"noise.{key}.{data}.solved" for data in ("fresh", "fixed")
                        for key in ("shared", "tokens", "examples")),
            text="16 cells, two layers, five seeds an arm, fresh data and a fixed set of 20,000 examples. "
                 "Supported if, for both, more than half of the seeds solve the task with shared memories and "
                 "with as many independent examples a step, by the whole interval, and at most one of five does "
                 "with independent examples of as many tokens; mixed if this holds for one kind of data; "
                 "refuted otherwise.",
            function=_noise_not_depth,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="c.depth-limits-moves", chapter=6, source="c",
        statement="A model has as many chances to move information as it has layers, so breadth is worth less than "
                  "depth.",
        quote="If you have 12 layers then you only have 12 chances",
        criterion=ByHand(
            needs=("khop.equal.deep.median", "khop.equal.wide.median", "khop.equal.heads.median", "depth.three.solved",
                   "depth.heads.solved"),
            text="Two tasks. Hops along pointers: does the median seed of four layers chain more lookups than "
                 "that of two wider layers and than that of two wider layers with four heads, all of about the "
                 "same number of parameters (five seeds each)? One pointer in 24 cells: do more seeds solve it "
                 "with a third layer than with four heads on two layers, at equal width (ten seeds each)? "
                 "Supported if both, refuted if neither, mixed otherwise.",
            function=_depth_limits_moves,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
)
