"""The claims of the section "The dereference in the weights"."""

from evidence.claims.claim import MIXED, SUPPORTED, Claim, Criterion
from evidence.claims.criterion import above, all_of, below

RECIPES = {"sinusoidal": "one head and sinusoidal positions", "learned": "one head and learned positions",
           "four-heads": "four heads", "large-32": "thirty-two cells"}
PILOTS = ("The bars were set on seeds from 1,000 and from 2,000 on, which replications had trained, before those that "
          "are reported were read.")

CLAIMS = (
    Claim(
        id="ours.qk-is-bitwise", chapter=6, source="ours",
        statement="Models that solve the task compare address and cell bit by bit, as the hand-written pointer does.",
        quote="bit by bit",
        setting="The form of a head: mean query of each address times mean key of each cell, in the last layer, of the "
                "seeds that solve the task, in four recipes. Shares are of the variance that depends on both address "
                f"and cell, all heads together. {PILOTS}",
        criterion=Criterion(parts={
            "the address enters as a sum of one term for each of its bits": all_of(*(
                above(f"form.{name}.additive", "0.5", f"the share that is such a sum, with {what}")
                for name, what in RECIPES.items())),
            "each of its bits is compared with the same bit of the cell": all_of(*(
                above(f"form.{name}.bitwise", "0.75", f"the share that is such a comparison, with {what}")
                for name, what in RECIPES.items()))}),
        power="Eleven seeds or more of each recipe that solve the task: in the pilots every interval stayed clear of "
              "both bars by twice its width.",
        expected=MIXED,
    ),
    Claim(
        id="ours.pointer-is-a-number", chapter=6, source="ours",
        statement="With sinusoidal positions a trained pointer mostly compares numbers: it reads the address as a "
                  "number and looks for the cell that is nearest.",
        quote="the nearest cell wins",
        setting="As above, eight cells and one head: forty seeds with sinusoidal positions, thirty-two with learned "
                f"ones that start large. {PILOTS}",
        criterion=Criterion(parts={
            "most of the form is the product of two numbers with sinusoidal positions": above(
                "form.sinusoidal.number", "0.5", "the share that is address times cell with sinusoidal positions"),
            "it is not with learned ones": below("form.learned.number", "0.5", "that share with learned ones")}),
        power="Seeds differ widely: of the pilots' fourteen all had most of their form in that product, of the six of "
              "legible-8 half. Forty seeds, of which some 26 solve the task, keep a mean of seven tenths above one "
              "half in 19 builds of 20.",
        expected=SUPPORTED,
    ),
    Claim(
        id="ours.ov-is-the-bit", chapter=6, source="ours",
        statement="What a cell offers to the layer that fetches is mostly the bit that it holds.",
        quote="its own bit is most of it",
        setting="Values times the output map of the last layer, at the cells, seeds that solve the task, in four "
                f"recipes: the share of their variance over memories that the cell's own bit explains. {PILOTS}",
        criterion=Criterion(parts={
            "it is most of the variance in every recipe": all_of(*(
                above(f"offer.{name}.own", "0.5", f"the share of the own bit with {what}")
                for name, what in RECIPES.items()))}),
        power="In the pilots the lowest mean was two thirds, of nine seeds of thirty-two cells, and its interval ended "
              "above one half.",
        expected=SUPPORTED,
    ),
)
