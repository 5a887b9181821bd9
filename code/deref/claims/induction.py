"""The claims about induction heads in small models."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
ONE_LAYER = ("one", "one-heads")
KIN = ("pointer", "induction")
MOST, FEW = 0.5, 0.1  # of the right answers beyond a guess


def _needs_two(results: Results) -> Verdict:
    accuracy, gap = ({name: results[f"induction.{name}.{key}"] for name in (*ONE_LAYER, "two")}
                     for key in ("accuracy", "gap"))
    score = {name: results[f"induction.{name}.score"] for name in ONE_LAYER}
    fixed = above(results["induction.fixed.accuracy"], 0.9)
    if any(accuracy[name].value > 0.9 for name in ONE_LAYER):
        return Verdict(REFUTED, "one layer answers more than 90% of the questions at several distances")
    fails = all(below(accuracy[name], 0.5) and below(score[name], 0.5) for name in ONE_LAYER)
    solves = above(accuracy["two"], 0.9) and all(_apart(gap["two"], gap[name]) for name in ONE_LAYER)
    if fails and solves and fixed:
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"at several distances one layer {'fails' if fails else 'gets part of it'} and two layers "
                          f"{'succeed' if solves else 'do not always succeed'}; at one distance one layer "
                          f"{'succeeds' if fixed else 'does not always succeed'}")


def _previous_token(results: Results) -> Verdict:
    seeds, score, keys, first, repeat = (results[f"previous.{key}"] for key in
                                         ("seeds", "score", "keys", "off-first", "off-repeat"))
    moves = above(score, MOST) and above(keys, MOST)
    needed = above(first, MOST) and below(repeat, FEW)
    if not moves or seeds.value == 0:
        return Verdict(REFUTED)
    if needed and seeds.value >= 0.5:
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "such heads exist and the answer follows them, but " + (
        "in fewer than half of the seeds" if needed else
        "losing one alone does not cost more than half everywhere, or costs something elsewhere"))


def _kinship(results: Results) -> Verdict:
    found = {name: {key: results[f"kinship.{name}.{key}"] for key in
                    ("cell-after-1", "readout-after-1", "off-everywhere", "off-cells", "off-question")}
             for name in KIN}
    if not all(_apart(one["cell-after-1"], one["readout-after-1"]) and above(one["off-everywhere"], MOST)
               for one in found.values()):
        return Verdict(REFUTED)
    sides = {name: [f"the {key}" for key in ("cells", "question") if above(one[f"off-{key}"], MOST)]
             for name, one in found.items()}
    if sides["pointer"] == sides["induction"]:
        return Verdict(SUPPORTED)
    told = "; ".join(f"the {name} model needs layer 1 at {' and '.join(where) or 'neither side alone'}"
                     for name, where in sides.items())
    return Verdict(MIXED, f"both fetch from the cell in layer 2, and layer 1 prepares it differently: {told}")


def _apart(higher: Record, lower: Record) -> bool:
    """Whether one result lies above another, interval against interval where they have one."""
    low, high = (record.ci or (record.value, record.value) for record in (higher, lower))
    return low[0] > high[1]


CLAIMS = (
    Claim(
        id="c.induction-needs-two", chapter=7, source="c",
        statement="Induction heads do not appear in models of one layer.",
        quote="Induction heads don’t show up in one layer models",
        criterion=ByHand(
            needs=("induction.fixed.accuracy", *(f"induction.{name}.{key}" for name in (*ONE_LAYER, "two")
                                                 for key in ("accuracy", "gap")),
                   *(f"induction.{name}.score" for name in ONE_LAYER)),
            text="A passage of random tokens comes again at one of nine distances. Supported if two layers of "
                 "two heads answer more than 90% of the questions, one layer with one head or with four fewer "
                 "than 50%, and the strongest head of one layer has less than half of its weight on the cell; "
                 "if the loss of two layers is lower, interval against interval; and if with one distance a "
                 "single layer answers more than 90%. All with whole intervals over seeds. Refuted if one layer "
                 "answers more than 90% at nine distances. Mixed otherwise.",
            function=_needs_two,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="c.previous-token-head", chapter=7, source="c",
        statement="Some heads just move a token's identity one position on.",
        quote="is really moving information about a token to the next token",
        criterion=ByHand(
            needs=tuple(f"previous.{key}" for key in ("seeds", "score", "keys", "off-first", "off-repeat")),
            text="Two layers of two heads, seeds that answer more than 95% of the questions; a seed has a "
                 "previous-token head if a head of layer 1 puts more than half of its weight on the node before. "
                 "In seeds that have one: if two tokens change places, more than half of the answer follows the "
                 "wire from that head into the keys of layer 2; without the head at the first tokens more than "
                 "half of the right answers beyond a guess are lost, and less than a tenth without it at the "
                 "repeat. All with whole intervals. Supported if this holds and at least half of the seeds have "
                 "such a head; refuted if none has, or the answer does not follow the wire; mixed otherwise.",
            function=_previous_token,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="b.induction-kinship", chapter=7, source="b",
        statement="An induction head is the pointer's primitive, on what tokens are instead of where they stand.",
        quote="find the relevant earlier position and copy what is useful from it",
        criterion=ByHand(
            needs=tuple(f"kinship.{name}.{key}" for name in KIN for key in
                        ("cell-after-1", "readout-after-1", "off-everywhere", "off-cells", "off-question")),
            text="Both two-layer models, seeds that solve their task. Each fetches if after layer 1 more of the "
                 "content still recovers at its cell than at the readout, interval against interval, and if "
                 "without layer 1 more than half of the right answers beyond a guess are lost. A model needs "
                 "layer 1 at the cells, or at the question, if switching it off there alone costs more than "
                 "half, with the whole interval. Supported if both fetch and need layer 1 on the same side; "
                 "mixed if both fetch and the sides differ; refuted if one does not fetch.",
            function=_kinship,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
