"""The claims of the section "The textbook's two models"."""

from evidence.claims.claim import EXACT, REFUTED, SUPPORTED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, all_of, at_least, at_most, below, exceeds

_SMALL = "The book's model of eight cells, ten seeds, those that solve the task."
_LARGE = "The readable model of three layers at 32 cells, seeds as far as the released record has them."

CLAIMS = (
    Claim(
        id="f.only-circuit", chapter=7, source="f",
        statement="Gathering the address in layer 1 and fetching the bit in layer 2 is the only way in which two "
                  "layers of one head can do the task.",
        quote="the only way a two-layer, one-head transformer can solve the task",
        setting="Eight cells, two layers of one head, seeds that solve the task: the book's model, and one with "
                "learned positions. A model fetches if the bit waits in its cell until layer 2: if restoring the cell "
                "after layer 1 brings back most of the answer.",
        criterion=Criterion(parts={
            "the book's model fetches": above("read8.waiting", "0.67", "the recovery at its cell after layer 1"),
            "one with learned positions fetches too": above(
                "algorithms.gather-one-head.waiting", "0.67", "the recovery at the cell with learned positions"),
        }),
        power="Ten seeds with learned positions, of which some fetch and some do not: computed with another rounding, "
              "which is another draw of them, the upper end of their mean crosses the bar.",
        expected=UNSETTLED,
    ),
    Claim(
        id="f.fetch-8", chapter=7, source="f",
        statement="At eight cells layer 2 puts most of its weight on the addressed cell, at every address.",
        quote="the average weight on memory position is 0.66 to 0.81",
        setting=f"{_SMALL} The address with the least weight counts.",
        criterion=Criterion(parts={"layer 2 looks at the addressed cell": above(
            "read8.cell-least", "0.5", "the weight of layer 2 on the cell of the worst address")}),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.gather-8", chapter=7, source="f",
        statement="At eight cells layer 1 looks at the address tokens, and more at the more significant ones, over "
                  "retrains.",
        quote="93% to 99% of its attention mass on the three address positions",
        setting=_SMALL,
        criterion=Criterion(parts={
            "layer 1 looks at the address": above("read8.gathered", "90%", "the weight of layer 1 on address tokens"),
            "more at more significant bits": all_of(
                above("read8.first-lead", "0", "the weight on the first bit less that on the second"),
                above("read8.second-lead", "0", "the weight on the second bit less that on the last")),
        }),
        power="Those of ten seeds that solve the task are too few: one rounding puts both parts clear of their bars, "
              "another leaves both open.",
        expected=UNSETTLED,
    ),
    Claim(
        id="f.uniform-8", chapter=7, source="f",
        statement="At eight cells uniform attention in either layer, or a shuffled address, takes the task away.",
        quote="Layer 1 uniform 0.658, layer 2 uniform 0.636, shuffled 0.776",
        setting=f"{_SMALL} The task is taken away where fewer than 80% of answers are right.",
        criterion=Criterion(parts={
            **{f"uniform attention in layer {layer} does": below(
                f"read8.uniform-{layer}", "80%", f"the share of right answers with uniform attention in layer {layer}")
               for layer in (1, 2)},
            "a shuffled address does": below("read8.shuffled", "80%", "the share with a shuffled address"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.shuffle-is-majority", chapter=7, source="f",
        statement="A model that is given shuffled addresses is right as often as it is because it guesses the memory's "
                  "majority bit.",
        quote="the “guess the majority bit” baseline",
        setting="A perfect reader of shuffled three-bit addresses reads the right cell half of the time and another "
                "one else; every memory, address and order is counted.",
        criterion=Criterion(
            parts={"a majority explains it": at_least(
                "shuffle.majority", "75%", "the share of right answers of the majority bit")},
            refuted_by=all_of(
                at_least("shuffle.reader", "75%", "the share of right answers of a perfect reader"),
                above("shuffle.reader-tied", "70%", "its share in memories without a majority"))),
        expected=REFUTED, kind=EXACT,
    ),
    Claim(
        id="f.deep-pointer", chapter=7, source="f",
        statement="The three-layer model of 32 cells is a perfect pointer: it answers rightly, and its answers follow "
                  "the addressed cell and no other.",
        quote="Causally, it is a perfect pointer",
        setting=f"{_LARGE} Every address of 32 memories, every cell flipped.",
        criterion=Criterion(parts={
            "it answers rightly": above("x.right", "99%", "the share of right answers"),
            "it follows the addressed cell": above("x.flip.addressed", "98.5%", "the share of flips that it follows"),
            "it follows no other": below("x.flip.other", "1.5%", "the share of other flips that change its answer"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.two-stage-gather", chapter=7, source="f",
        statement="Three layers gather the address in two stages, and no layer puts much weight on the addressed cell.",
        quote="a two-stage address aggregation",
        setting=_LARGE,
        criterion=Criterion(parts={
            "layers 1 and 2 look at the address": all_of(*(above(
                f"x.address-{layer}", "0.4", f"the weight of layer {layer} on address tokens") for layer in (1, 2))),
            "no layer looks much at the cell": all_of(*(below(
                f"x.cell-{layer}", "0.2", f"the weight of layer {layer} on the addressed cell")
                for layer in (1, 2, 3))),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.sparse-coverage", chapter=7, source="f",
        statement="Few addresses of the three-layer model have a head that looks at their cell.",
        quote="10 of 32",
        setting=f"{_LARGE} A head covers an address if it puts more than half of its weight on the cell, heads "
                "together if their weights on it add up to more.",
        criterion=Criterion(parts={
            "most addresses are not covered": below("x.covered", "16", "the number of addresses that are covered"),
            "all heads of the last layer together cover fewer than half": below(
                "x.covered-last", "16", "the number that the heads of layer 3 cover together"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.uniform-32", chapter=7, source="f",
        statement="Every layer of the three-layer model is needed: uniform attention in any of them takes the task "
                  "away.",
        quote="Layer 1 0.540, layer 2 0.763, layer 3 0.600",
        setting=f"{_LARGE} The task is taken away where fewer than 80% of answers are right.",
        criterion=Criterion(parts={f"uniform attention in layer {layer} does": below(
            f"x.uniform-{layer}", "80%", f"the share of right answers with uniform attention in layer {layer}")
            for layer in (1, 2, 3)}),
        expected=SUPPORTED,
    ),
    Claim(
        id="f.trace-32", chapter=7, source="f",
        statement="In the three-layer model the bit leaves its cell layer by layer and arrives at the readout layer by "
                  "layer.",
        quote="a gradual, distributed transport",
        setting=f"{_LARGE} Recovery of the answer, every address of eight memories.",
        criterion=Criterion(parts={
            "after layer 1 most of it has left its cell": below(
                "x.trace.cell-1", "0.5", "the recovery at the cell after layer 1"),
            "after layer 2 less is left": exceeds("x.trace.cell-1", "x.trace.cell-2", "the recovery after layer 1",
                                                  "that after layer 2"),
            "the readout has some of it after layer 2": above(
                "x.trace.readout-2", "0.1", "the recovery at the readout after layer 2"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.same-init-matters", chapter=7, source="f",
        statement="With torch's default start in place of Xavier's the three-layer model does not solve 32 cells.",
        quote="the model is stuck at 0.62 at a 60000-iteration budget",
        setting="Three layers, 32 cells; 40,000 steps from Xavier's start, 60,000 from the default one. Seeds as far "
                "as the released records have them.",
        criterion=Criterion(parts={
            "from Xavier's start it does": above("own.x.mean", "95%", "the mean accuracy from Xavier's start"),
            "from the default start it does not": below(
                "own.x-default.mean", "80%", "the mean accuracy from the default start"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.tool-not-model", chapter=7, source="f",
        statement="The mechanism at 32 cells is no messier than at eight; only the instrument, the attention map, "
                  "fails.",
        quote="the tool, not the model, decides what is legible",
        setting=f"{_LARGE} The mechanism is the same if, as in the book's model of eight cells, the bit waits in its "
                "cell until the last layer.",
        criterion=Criterion(parts={
            "at eight cells the bit waits in its cell": above(
                "read8.waiting", "0.67", "the recovery at the cell before the last layer, eight cells"),
            "at 32 cells it does too": above(
                "x.trace.cell-2", "0.67", "the recovery at the cell before the last layer, 32 cells"),
        }),
        expected=UNSETTLED,
    ),
    Claim(
        id="f.in-context", chapter=7, source="f",
        statement="The pointer is one-shot learning in context, and such learning is what composed lookups do.",
        quote="Read the pointer task as a one-shot in-context-learning task",
        setting="By that reading whoever answers for a memory that training never showed has learnt it in context. The "
                "MLP of 128 units has no lookup; sixteen cells have 2^20 inputs, of which it trains on 20,000.",
        criterion=Criterion(
            parts={"without a lookup the task is not learnt": at_most(
                "own.mlp-16.mean", "75%", "the mean accuracy of the MLP at 16 cells")}),
        expected=REFUTED,
    ),
)
