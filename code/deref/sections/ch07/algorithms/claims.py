"""The claims of the section "Fetch, or gather and select"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, above

CLAIMS = (
    Claim(
        id="ours.two-algorithms", chapter=7, source="ours",
        statement="Models that pass the same flip test run different algorithms, fetch or gather and select, and how "
                  "legible their maps are follows the algorithm.",
        quote="legibility follows the algorithm",
        setting="Forty-five fresh seeds of one recipe of two layers (gather-sinusoidal), those that solve the task, "
                "and thirty-two of the same recipe with three; the flips are those of all runs of the section. In two "
                "layers what the cell brings back after layer 1 is what the last layer fetches from it, so legibility "
                "is judged in three: an address counts as covered if a head of layer 2 or 3 puts more than half of the "
                "readout's weight on its cell. This is the third criterion. The first asked that whole ensembles "
                "differ, and legible-8 missed it, because its seeds differ; the second judged by the two most extreme "
                "of ten seeds, against 0.75 and 0.5, and by a correlation in two layers.",
        criterion=Criterion(parts={
            "they pass the same test": above(
                "algorithms.followed", "90%", "the share of seeds that follow more than 97% of flips of the addressed "
                                              "cell"),
            "some seeds of one recipe fetch": above(
                "algorithms.again.fetching", "5%", "the share that keeps over two thirds of the bit in its cell after "
                                                   "layer 1"),
            "some gather": above(
                "algorithms.again.gathering", "5%", "the share that keeps under a third of it there"),
            "legibility goes with it where nothing forces it to": above(
                "algorithms.three.rank", "0", "the rank correlation, in three layers, of recovery at the cell after "
                                              "layer 1 with coverage")}),
        power="On seeds 100 to 144 10 of 45 fetched and 12 gathered; 45 such seeds clear both bars in 19 draws of "
              "20. The correlation in three layers, 0.72 on seeds 100 to 123, clears zero in more.",
        expected=SUPPORTED,
    ),
)
