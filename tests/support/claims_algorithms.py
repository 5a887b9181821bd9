"""Made-up results for the claims about how a trained pointer does its lookup."""

from deref.claims import MIXED, REFUTED, SUPPORTED

SPREAD = {"spread.heads-rank": (0.5, 0.001, 0.9), "spread.covered-rank": (-0.5, -0.9, -0.001),
          "spread.large-32.heads": (5.0, 2.01, 8.0)}
ALGORITHMS = {"algorithms.flip-worst": 0.971, "algorithms.again.waiting-most": 0.76,
              "algorithms.again.waiting-least": 0.49, "algorithms.again.rank": (0.8, 0.501, 0.95)}
QUERY = {"query.stages-gain": (0.5, 0.001, 1.0), "query.readable-gain": (1.0, 0.001, 2.0)}


def hypothesis(rid):
    """A hypothesis's claim: the hypothesis fails, holds, or neither."""
    return [
        ({rid: (0.1, 0.0, 0.499)}, SUPPORTED),
        ({rid: (0.3, 0.1, 0.5)}, MIXED),
        ({rid: (0.7, 0.5, 0.9)}, MIXED),
        ({rid: (0.8, 0.501, 0.95)}, REFUTED),
    ]


EXAMPLES = {
    "b.work-distributes": [
        (SPREAD, SUPPORTED),
        ({**SPREAD, "spread.large-32.heads": (5.0, 2.0, 8.0)}, MIXED),
        ({**SPREAD, "spread.heads-rank": (0.3, 0.0, 0.6)}, MIXED),
        ({**SPREAD, "spread.covered-rank": (-0.3, -0.6, 0.0)}, MIXED),
        ({**SPREAD, "spread.heads-rank": (0.3, 0.0, 0.6), "spread.covered-rank": (-0.3, -0.6, 0.0)}, REFUTED),
    ],
    "ours.two-algorithms": [
        (ALGORITHMS, SUPPORTED),
        ({**ALGORITHMS, "algorithms.again.rank": (0.8, 0.5, 0.95)}, MIXED),
        ({**ALGORITHMS, "algorithms.again.rank": (0.3, 0.0, 0.6)}, REFUTED),
        ({**ALGORITHMS, "algorithms.again.waiting-most": 0.75}, REFUTED),
        ({**ALGORITHMS, "algorithms.again.waiting-least": 0.5}, REFUTED),
        ({**ALGORITHMS, "algorithms.flip-worst": 0.97}, REFUTED),
    ],
    "b.refinement-refuted": hypothesis("refine.share"),
    "b.partition-refuted": hypothesis("partition.share"),
    "b.multi-stage-query": [
        (QUERY, SUPPORTED),
        ({**QUERY, "query.stages-gain": (0.5, 0.0, 1.0)}, MIXED),
        ({**QUERY, "query.readable-gain": (0.5, 0.0, 1.0)}, MIXED),
        ({"query.stages-gain": (0.5, 0.0, 1.0), "query.readable-gain": (0.5, 0.0, 1.0)}, REFUTED),
    ],
}
