"""The claims that chapter 6 tests."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, Claim, Verdict, above
from deref.records import Record

Results = Mapping[str, Record]


def _attention_is_lookup(results: Results) -> Verdict:
    same = results["lookup.sdpa-gap"].value <= 1e-12
    exact = results["lookup.sharpened-weight"].value >= 0.999
    return Verdict(SUPPORTED if same and exact else REFUTED)


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
        id="a.attention-is-lookup", chapter=6, source="a",
        statement="Attention compares a query with keys, and returns the value of the key that matches.",
        quote="An attention head is a learned content-addressable lookup",
        criterion_text="The project's attention equals PyTorch's to 1e-12 in double precision, values and gradients; "
                       "and a sharp enough query puts at least 0.999 of the weight on the one key that matches.",
        needs=("lookup.sdpa-gap", "lookup.sharpened-weight"), expected=SUPPORTED, criterion=_attention_is_lookup,
    ),
    Claim(
        id="ours.two-layers-express-all", chapter=6, source="ours",
        statement="Two layers of attention can express the lookup for every memory size, with weights written by hand.",
        quote="exact for every size up to 1,024 cells",
        criterion_text="A model with hand-written weights is right for every address against its worst memory, for "
                       "memories of 2 to 1,024 cells, powers of two and others.",
        needs=("construct.exact",), expected=SUPPORTED, criterion=_two_layers_express_all,
    ),
    Claim(
        id="a.two-layers-suffice", chapter=6, source="a",
        statement="At small memory, two layers learn the lookup that one layer does not: gather the address, then "
                  "fetch.",
        quote="Two layers fix this",
        criterion_text="Eight cells, one head a layer, no final LayerNorm, ten seeds an arm. Supported if no seed with "
                       "one layer solves the task and the interval of the share that solves it with two lies above "
                       "one half; refuted if a seed with one layer solves it or none with two; mixed otherwise.",
        needs=("layers.one.solved", "layers.two.solved"), expected=MIXED, criterion=_two_layers_suffice,
    ),
)
