"""The claims about composing lookups: hops along pointers, and the carries of an addition."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict
from deref.records import Record

Results = Mapping[str, Record]
MASKS = {"causal": "the causal mask", "both": "a memory that sees both ways"}
DEPTHS = (1, 2, 3, 4)
DIGITS, LAYERS = 16, (1, 2, 3)
LEARNED, GUESSED = 0.95, 0.75


def _depth_composes_lookups(results: Results) -> Verdict:
    median, most = ({mask: [results[f"khop.{mask}.l{depth}.{key}"].value for depth in DEPTHS] for mask in MASKS}
                    for key in ("median", "most"))
    if all(median[mask][-1] <= median[mask][0] for mask in MASKS):
        return Verdict(REFUTED, "four layers chain no more lookups than one")
    more = [MASKS[mask] for mask in MASKS if any(k > depth for k, depth in zip(most[mask], DEPTHS, strict=True))]
    fewer = [MASKS[mask] for mask in MASKS if any(k < depth for k, depth in zip(median[mask], DEPTHS, strict=True))]
    if not more and not fewer:
        return Verdict(SUPPORTED)
    conditions = [*[f"with {mask} a seed chains more lookups than it has layers" for mask in more],
                  *[f"with {mask} the median seed chains fewer" for mask in fewer]]
    return Verdict(MIXED, f"more layers chain more lookups, but not one each: {'; '.join(conditions)}")


def _addition(results: Results) -> Verdict:
    written = results["addition.written.exact"].value == 1
    best = {layers: results[f"addition.d{DIGITS}.l{layers}.long-best"].value for layers in LAYERS}
    learned = [layers for layers in LAYERS if best[layers] > LEARNED]
    if written and learned:
        return Verdict(REFUTED, f"one layer can be written that adds without error, and models of {_list(learned)} "
                                "learned carries that come from further than they have layers")
    if not written and all(found < GUESSED for found in best.values()):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "one layer can be written that adds without error, but no trained model learned carries "
                          "from further than it has layers" if written else
                   "no such model could be written, but trained ones get carries from further than they have layers")


def _list(layers: list[int]) -> str:
    named = [f"{count} layer" + "s" * (count > 1) for count in layers]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


CLAIMS = (
    Claim(
        id="a.depth-composes-lookups", chapter=6, source="a",
        statement="The depth of a transformer is the number of lookups that it can chain.",
        quote="Transformer depth is, quite literally, how many lookups you can chain",
        criterion=ByHand(
            needs=tuple(f"khop.{mask}.l{depth}.{key}" for mask in MASKS for depth in DEPTHS
                        for key in ("median", "most")),
            text="Eight cells that point at one another, questions of one to four hops, one head a layer, five "
                 "seeds an arm, 800 steps. A seed chains k lookups if it comes to answer more than 99% of the "
                 "questions of each number of hops up to k. Supported if with one, two, three and four layers "
                 "the median seed chains at least as many lookups as it has layers and no seed chains more, "
                 "under a causal mask over the memory and under one that lets cells see both ways. Refuted if "
                 "under neither mask the median seed of four layers chains more than that of one. Mixed "
                 "otherwise.",
            function=_depth_composes_lookups,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="c.addition", chapter=6, source="c",
        statement="Addition is hard for transformers because carries need more steps than there are layers.",
        quote="you may have to carry over and store intermediate sums way more than 12 times",
        criterion=ByHand(
            needs=("addition.written.exact", *(f"addition.d{DIGITS}.l{layers}.long-best" for layers in LAYERS)),
            text="Numbers of 16 binary digits, all digits of the sum read at once, one to three layers of one "
                 "head, five seeds an arm. Refuted if a one-layer model with weights written by hand adds "
                 "without error, up to 40 digits and with the longest carries there are, and if with some "
                 "number of layers a trained seed gets more than 95% of the answer digits right whose carry is "
                 "decided more columns away than it has layers (on 8,192 fresh pairs, chains counted alike). "
                 "Supported if no such weights are found and the best trained seed stays below 75% for every "
                 "number of layers. Mixed otherwise.",
            function=_addition,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
)
