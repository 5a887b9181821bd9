"""The claims about how a trained pointer does its lookup: which algorithm, over which heads, in which layers."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]


def _work_distributes(results: Results) -> Verdict:
    grows, fades = above(results["spread.heads-rank"], 0), below(results["spread.covered-rank"], 0)
    wide = above(results["spread.large-32.heads"], 2)
    if grows and fades and wide:
        return Verdict(SUPPORTED)
    if not (grows or fades):
        return Verdict(REFUTED)
    found = [text for held, text in ((grows, "more heads share the work of a larger memory"),
                                     (not grows, "no more heads share the work of a larger memory"),
                                     (fades, "maps of larger memories are less legible"),
                                     (not fades, "maps of larger memories are not clearly less legible"),
                                     (not wide, "two heads do the work at thirty-two cells")) if held]
    return Verdict(MIXED, "; ".join(found))


def _two_algorithms(results: Results) -> Verdict:
    same = results["algorithms.flip-worst"].value > 0.97
    most, least = (results[f"algorithms.again.waiting-{end}"].value for end in ("most", "least"))
    rank = results["algorithms.again.rank"]
    if not (same and most > 0.75 and least < 0.5 and above(rank, 0)):
        return Verdict(REFUTED)
    if above(rank, 0.5):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, "seeds of one recipe run different algorithms, but ten seeds do not bound how closely "
                          "legibility follows")


def _share(rid: str, condition: str):
    """A claim that a hypothesis is false, judged by the share of seeds that do what the hypothesis says."""
    def judge(results: Results) -> Verdict:
        if below(results[rid], 0.5):
            return Verdict(SUPPORTED)
        return Verdict(REFUTED) if above(results[rid], 0.5) else Verdict(MIXED, condition)
    return judge


def _multi_stage_query(results: Results) -> Verdict:
    staged, read = above(results["query.stages-gain"], 0), above(results["query.readable-gain"], 0)
    if staged and read:
        return Verdict(SUPPORTED)
    if not (staged or read):
        return Verdict(REFUTED)
    return Verdict(MIXED, "patches show more stages than in two layers, but probes do not clearly read more bits later"
                   if staged else
                   "probes read more bits after later layers, but patches show no more stages than in two layers")


CLAIMS = (
    Claim(
        id="b.work-distributes", chapter=7, source="b",
        statement="The work of a lookup spreads over heads and layers as the memory grows, and maps become less "
                  "legible.",
        quote="the computation spreads across heads and layers",
        criterion=ByHand(
            needs=("spread.heads-rank", "spread.covered-rank", "spread.large-32.heads"),
            text="One recipe at 8, 16 and 32 cells, five seeds each, those that solve the task. The effective "
                 "number of heads is the participation ratio of what the margin of the right answer loses "
                 "without each of the 16 heads, its outputs resampled from other sequences. Supported if over "
                 "seeds it rises with the number of cells (rank correlation above 0), the share of covered "
                 "addresses falls (below 0), and at 32 cells it exceeds 2, each with its whole interval. "
                 "Refuted if neither correlation clears 0. Mixed otherwise.",
            function=_work_distributes,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="ours.two-algorithms", chapter=7, source="ours",
        statement="Models that pass the same flip test run different algorithms, fetch or gather and select, and how "
                  "legible their maps are follows the algorithm.",
        quote="legibility follows the algorithm",
        criterion=ByHand(
            needs=("algorithms.flip-worst", "algorithms.again.waiting-most", "algorithms.again.waiting-least",
                   "algorithms.again.rank"),
            text="Ten fresh seeds of one recipe (gather-sinusoidal), those that solve the task. Supported if in "
                 "one of them recovery at the addressed cell after layer 1 is above 0.75 and in another below "
                 "0.5, if its rank correlation with the share of covered addresses is above 0.5 over them, with "
                 "its whole interval, and if in the worst seed of this and eleven other ensembles more than 97% "
                 "of flips of the addressed cell change the answer. Mixed if the correlation is only above 0, "
                 "else refuted. This is the second criterion: the first asked that whole ensembles differ, "
                 "legible-8 above 0.75, gather and large-32 below 0.5, and legible-8 missed it, its interval "
                 "too wide because its seeds differ.",
            function=_two_algorithms,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="b.refinement-refuted", chapter=7, source="b",
        statement="It is false that one layer refines the lookup that an earlier layer begins.",
        quote="that a particular layer \"refines\" the lookup the earlier layers begin",
        criterion=ByHand(
            needs=("refine.share",),
            text="Seeds of three and four layers that solve 24 cells. A seed refines if in some layer before "
                 "the last the readout's weight on a cell is at least twice as large when it is asked for as "
                 "when another is, and 0.1 to 0.9 of the flipped bit is recovered at the readout behind it, "
                 "and a later layer at least doubles that lift and moves another 0.1. Supported if the share "
                 "of refining seeds is below a half with its whole interval, refuted if it is above, mixed "
                 "otherwise.",
            function=_share("refine.share",
                            "some seeds refine, and too few or too many to speak of either as the rule"),
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="b.partition-refuted", chapter=7, source="b",
        statement="It is false that heads partition the address space among themselves.",
        quote="that the heads partition the address space among themselves",
        criterion=ByHand(
            needs=("partition.share",),
            text="Seeds of five ensembles of four or eight heads a layer that solve the task. An address breaks "
                 "without a head if less than 90% of its answers stay right, the head's outputs resampled from "
                 "other sequences. A seed partitions if in some layer at least three quarters of the addresses "
                 "break without exactly one head, and no head breaks more than three quarters of them. "
                 "Supported if the share of partitioning seeds is below a half with its whole interval, refuted "
                 "if it is above, mixed otherwise.",
            function=_share("partition.share", "some seeds partition, and too few or too many to call it the rule"),
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
    Claim(
        id="b.multi-stage-query", chapter=7, source="b",
        statement="Extra depth buys an assembly of the query in several stages.",
        quote="the extra depth buys a multi-stage assembly of the query",
        criterion=ByHand(
            needs=("query.stages-gain", "query.readable-gain"),
            text="24 cells, one head a layer, seeds that solve the task. Flip an address bit, patch the readout "
                 "after each layer: the gains of recovery from layer to layer, averaged over all bits but the "
                 "last, have a participation ratio, the number of stages. And count the address bits that a "
                 "linear probe reads at the readout on held-out addresses, at least 90% right. Supported if "
                 "three and four layers have more stages than two (difference of medians), and more bits can "
                 "be read before their last layer than after their first (mean difference over seeds), both "
                 "above 0 with whole intervals. Mixed if one holds, refuted if none does.",
            function=_multi_stage_query,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
