"""The claims that chapter 6 tests."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above
from deref.records import Record

Results = Mapping[str, Record]


def _two_layers_express_all(results: Results) -> Verdict:
    return Verdict(SUPPORTED if results["construct.exact"].value == 1 else REFUTED)


def _two_layers_suffice(results: Results) -> Verdict:
    solved, alone = results["layers.two.solved"], results["layers.one.solved"]
    if alone.value > 0 or solved.value == 0:
        return Verdict(REFUTED)
    if above(solved, 0.5):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "some seeds solve the task with two layers, but not reliably more than half")


CLAIMS = (
    Claim(
        id="ours.two-layers-express-all", chapter=6, source="ours",
        statement="Two layers of attention can express the lookup for every memory size, with weights written by hand.",
        quote="exact for every size up to 1,024 cells",
        criterion=ByHand(
            needs=("construct.exact",),
            text="A model with hand-written weights is right for every address against its worst memory, for "
                 "memories of 2 to 1,024 cells, powers of two and others.",
            function=_two_layers_express_all,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="a.two-layers-suffice", chapter=6, source="a",
        statement="At small memory, two layers learn the lookup that one layer does not: gather the address, then "
                  "fetch.",
        quote="Two layers fix this",
        criterion=ByHand(
            needs=("layers.one.solved", "layers.two.solved"),
            text="Eight cells, one head a layer, no final LayerNorm, ten seeds an arm. Supported if no seed with "
                 "one layer solves the task and the interval of the share that solves it with two lies above "
                 "one half; refuted if a seed with one layer solves it or none with two; mixed otherwise.",
            function=_two_layers_suffice,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
