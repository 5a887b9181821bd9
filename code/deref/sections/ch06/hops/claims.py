"""The claims of the section "Composing lookups"."""

from evidence.claims.claim import MIXED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of, at_most, exceeds

_SOLVED = "the share of seeds that solve the task with"

CLAIMS = (
    Claim(
        id="c.depth-limits-moves", chapter=6, source="c",
        statement="A model has as many chances to move information as it has layers, so breadth is worth less than "
                  "depth.",
        quote="If you have 12 layers then you only have 12 chances",
        setting="Two tasks. Hops along pointers: how many lookups the median seed chains with four layers, with two "
                "wider layers, and with two wider layers of four heads, all of about the same number of parameters. "
                "One pointer in 24 cells: how many seeds solve it with a third layer (forty seeds), and with four "
                "heads on two layers (ten seeds), at equal width.",
        criterion=Criterion(parts={
            "four layers chain more lookups than two wider ones, with one head or four":
                all_of(*(exceeds("khop.equal.deep.median", f"khop.equal.{other}.median",
                                 "the number of lookups that the median seed of four layers chains", than)
                         for other, than in (("wide", "that of two wider layers"),
                                             ("heads", "that of two wider layers with four heads")))),
            "a third layer brings more seeds to a solution than four heads":
                exceeds("depth.three.solved", "depth.heads.solved", f"{_SOLVED} a third layer",
                        "that with four heads"),
        }),
        power="The second part is settled by ten seeds with four heads. The first would need many more seeds or more "
              "steps than a build can give it: in release 0.2.0 single seeds of one shape chained from none to three.",
        expected=UNSETTLED,
    ),
    Claim(
        id="a.depth-composes-lookups", chapter=6, source="a",
        statement="The depth of a transformer is the number of lookups that it can chain.",
        quote="Transformer depth is, quite literally, how many lookups you can chain",
        setting="Eight cells that point at one another, questions of one to four hops, four heads a layer, the causal "
                "mask, eight seeds an arm, 4,000 steps with a learning rate that falls to zero: a released record. A "
                "seed chains k lookups if it answers more than 99% of the questions of each number of hops up to k. "
                "(Until 0.2.0 one head, 800 steps and the best seed were judged. The new test was written after three "
                "trial seeds and before these ran. While they ran it was cut from four layers to two, and afterwards "
                "each depth was made a part of its own.)",
        power="Arms are near none or all: seven of eight seeds that agree settle a part, six do not.",
        criterion=Criterion(parts={
            **{f"{layers} chain{'s' * (depth == 1)} {named}": above(
                f"converged.l{depth}.h{depth}", "50%", f"the share of seeds that chain {named} with {layers}")
               for depth, named, layers in ((1, "one lookup", "one layer"), (2, "two lookups", "two layers"))},
            **{f"{layers} chain{'s' * (depth == 1)} no more": at_most(
                f"converged.l{depth}.h{depth + 1}", "50%", f"the share of seeds that chain {named} with {layers}")
               for depth, named, layers in ((1, "two lookups", "one layer"), (2, "three lookups", "two layers"))},
        }),
        expected=MIXED,
    ),
)
