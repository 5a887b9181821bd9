"""The claims of the section "Two hypotheses, put on trial"."""

from evidence.claims.claim import SUPPORTED, UNSETTLED, Claim
from evidence.claims.criterion import Criterion, above, below

CLAIMS = (
    Claim(
        id="b.refinement-refuted", chapter=7, source="b",
        statement="It is false that one layer refines the lookup that an earlier layer begins.",
        quote="that a particular layer \"refines\" the lookup the earlier layers begin",
        setting="A seed refines if in some layer before the last the readout's weight on a cell is at least twice as "
                "large when it is asked for as when another is, and 0.1 to 0.9 of the flipped bit is recovered at the "
                "readout behind it, and a later layer at least doubles that lift and moves another 0.1. One head a "
                "layer: 24 cells, three and four layers, seeds that solve the task; one head takes in five address "
                "bits at once as a mixture or not at all, so that it gathers in stages is nearly forced. Four heads "
                "a layer: eight cells, three layers, a part that was added to the criterion, since the source's model "
                "had four.",
        criterion=Criterion(parts={
            "with one head a layer few seeds refine": below(
                "refine.share", "50%", "the share of refining seeds of one head a layer"),
            "with four heads a layer few seeds refine": below(
                "refine.gather-three.share", "50%", "the share of refining seeds of four heads a layer")}),
        power="With one head, all that solve the task among the depth section's seeds: their share is too near a half "
              "to be distinguished from it by as many as a build can train. With four heads 4 of 24 did on seeds 100 "
              "to 123, and thirty-two such settle it in 19 draws of 20.",
        expected=UNSETTLED,
    ),
    Claim(
        id="b.partition-refuted", chapter=7, source="b",
        statement="It is false that heads partition the address space among themselves.",
        quote="that the heads partition the address space among themselves",
        setting="Seeds of five ensembles of four or eight heads a layer that solve the task. An address breaks without "
                "a head if less than 90% of its answers stay right, the head's outputs resampled from other sequences. "
                "A seed partitions if in some layer at least three quarters of the addresses break without exactly one "
                "head, and no head breaks more than three quarters of them.",
        criterion=Criterion(parts={"few seeds partition": below(
            "partition.share", "50%", "the share of partitioning seeds")}),
        power="Over thirty seeds: a share below a quarter differs clearly from a half in more than nine builds of ten.",
        expected=SUPPORTED,
    ),
    Claim(
        id="b.multi-stage-query", chapter=7, source="b",
        statement="Extra depth buys an assembly of the query in several stages.",
        quote="the extra depth buys a multi-stage assembly of the query",
        setting="24 cells, one head a layer, seeds that solve the task. Flip an address bit, patch the readout after "
                "each layer: the gains of recovery from layer to layer, averaged over all bits but the last, have a "
                "participation ratio, the number of stages. And count the address bits that a linear probe reads at "
                "the readout on held-out addresses, at least 90% right.",
        criterion=Criterion(parts={
            "models of three and four layers have more stages than models of two": above(
                "query.stages-gain", "0", "the difference of median stages"),
            "probes read more bits before the last layer than after the first": above(
                "query.readable-gain", "0", "the mean gain in readable bits, three and four layers")}),
        power="Thirty solving seeds or more: with the first eleven the gain of stages cleared zero and that of "
              "readable bits did not, and drawn anew with their spread thirty settle it in three of four draws.",
        expected=UNSETTLED,
    ),
)
