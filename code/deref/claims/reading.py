"""The claims about reading attention: what models read, what maps show of it, and what weight has to do with it."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
MODELS = ("legible-8", "large-32")
SMALL = ("legible-8", "two-layers-8", "gather", "twin-8", "twin-8-sinusoidal")
LARGE = ("noise-16", "depth-24", "large-32")
TRAINED = ("legible-8", "gather", "depth-24", "large-32")
HEADS = ("weight.stare.weight", "weight.stare.effect", "weight.glance.weight", "weight.glance.effect")


def _flip_address_bit(results: Results) -> Verdict:
    def reads(name: str) -> bool:
        follows = [above(results[f"flip.{name}.{key}"], 0.985) for key in ("bit-changed", "sets-inside")]
        stays = [below(results[f"flip.{name}.{key}"], 0.015) for key in ("bit-strayed", "sets-outside")]
        return all(follows + stays)

    held = [name for name in MODELS if reads(name)]
    if len(held) == len(MODELS):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"holds for {held[0]} alone") if held else Verdict(REFUTED)


def _legible_small(results: Results) -> Verdict:
    shares = {name: results[f"reading.{name}.legible"].value for name in SMALL}
    most = [name for name, share in shares.items() if share > 0.5]
    if len(most) == len(SMALL):
        return Verdict(SUPPORTED)
    if not any(shares.values()):
        return Verdict(REFUTED, "no seed of any recipe can be read off its maps")
    none = [name for name, share in shares.items() if share == 0]
    return Verdict(MIXED, f"most seeds can be read off their maps in {_listed(most)}, none in {_listed(none)}")


def _illegible_large(results: Results) -> Verdict:
    fails = [name for name in LARGE if not (above(results[f"reading.{name}.addressed"], 0.985)
                                            and below(results[f"reading.{name}.other"], 0.015))]
    if fails:
        return Verdict(REFUTED, f"{_listed(fails)} does not pass the flip test, so there is no lookup to be hidden")
    hidden = [name for name in LARGE if below(results[f"reading.{name}.covered"], 0.5)]
    if len(hidden) == len(LARGE):
        return Verdict(SUPPORTED)
    if not hidden:
        return Verdict(REFUTED)
    others = [name for name in LARGE if name not in hidden]
    return Verdict(MIXED, f"most addresses are hidden in {_listed(hidden)}, not surely in {_listed(others)}")


def _weight_is_not_flow(results: Results) -> Verdict:
    weight, effect, little, whole = (results[rid].value for rid in HEADS)
    ranks = {name: [results[f"weight.{name}.by-weight-{kind}"] for kind in ("cut", "flip")] for name in TRAINED}
    if not (weight > 0.99 and effect == 0 and little < 0.05 and whole > 0.99):
        return Verdict(REFUTED, "no such heads can be written")
    if all(above(rank, 0.9) for pair in ranks.values() for rank in pair):
        return Verdict(REFUTED, "such heads can be written, but training made none: weight ranks edges as their effect")
    loose = [name for name, pair in ranks.items() if all(below(rank, 0.7) for rank in pair)]
    if len(loose) == len(TRAINED):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"such heads can be written; weight is a poor guide to an edge's effect in {_listed(loose)} "
                          f"of those trained, by the ranks of all edges")


def _listed(names: list[str]) -> str:
    return " and ".join(names) if names else "no ensemble"


CLAIMS = (
    Claim(
        id="b.flip-address-bit", chapter=7, source="b",
        statement="The model reads exactly the addressed cell and nothing else: it follows the address, and no set of "
                  "other cells moves it.",
        quote="So the model reads exactly the addressed cell and nothing else",
        criterion=ByHand(
            needs=tuple(f"flip.{name}.{key}" for name in MODELS
                        for key in ("bit-changed", "bit-strayed", "sets-inside", "sets-outside")),
            text="Seeds that solve the task, of the small model and of the large one, means over seeds with "
                 "their whole interval. A flipped address bit changes the answer in more than 98.5% of cases "
                 "where the two cells differ and in less than 1.5% where they do not; a flipped random set of "
                 "cells changes more than 98.5% of the answers about its own cells and less than 1.5% of the "
                 "others. Mixed if one of the models alone does all four.",
            function=_flip_address_bit,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="b.legible-small", chapter=7, source="b",
        statement="At small memory the circuit can be read off the maps: one layer gathers the address, the next "
                  "spikes on the addressed cell.",
        quote="you could read the dereference straight off the maps",
        criterion=ByHand(
            needs=tuple(f"reading.{name}.legible" for name in SMALL),
            text="Eight cells, two layers, five recipes; seeds that solve the task. A seed counts as legible if "
                 "at least six of eight addresses are covered and some head of layer 1 puts more than half of "
                 "the readout's weight on address bits. Supported if most seeds are legible in all five "
                 "recipes, refuted if none is in any, mixed otherwise.",
            function=_legible_small,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="b.illegible-large", chapter=7, source="b",
        statement="At large memory the readout barely concentrates on the right cell for most addresses, though the "
                  "model passes the flip test.",
        quote="the final query barely concentrates on the correct cell for most addresses",
        criterion=ByHand(
            needs=tuple(f"reading.{name}.{key}" for name in LARGE for key in ("covered", "addressed", "other")),
            text="Three ensembles of 16, 24 and 32 cells, seeds that solve the task: fewer than half of the "
                 "addresses are covered, with the whole interval over seeds, in each, and the same seeds follow "
                 "flips of the addressed cell in more than 98.5% and of others in less than 1.5% of cases. "
                 "Refuted if a flip test fails or no ensemble is below one half, mixed otherwise.",
            function=_illegible_large,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="b.weight-is-not-flow", chapter=7, source="b",
        statement="Attention weight is not information flow.",
        quote="attention weight is not information flow",
        criterion=ByHand(
            needs=(*HEADS, *(f"weight.{name}.by-weight-{kind}" for name in TRAINED for kind in ("cut", "flip"))),
            text="A written head with more than 0.99 of its weight on a cell and no effect at all, and one with "
                 "less than 0.05 on the cell that gives more than 99% of the margin; and in four trained "
                 "ensembles the rank correlation of an edge's weight with what cutting it does, and with what "
                 "flipping the bit it tells does, is below 0.7 on average over seeds, with the whole interval. "
                 "Refuted if the heads fail or all correlations are above 0.9, mixed otherwise.",
            function=_weight_is_not_flow,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
