"""What a build might find about the claims of the pages on hops and on addition, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

DEPTHS = (1, 2, 3, 4)


def hops(causal, both, most=None):
    """Median lookups chained by depth, for each mask; the best seed chains as many unless it is told otherwise."""
    found = {"causal": causal, "both": both}
    best = {**found, **(most or {})}
    return {f"khop.{mask}.l{depth}.{key}": table[mask][depth - 1]
            for mask in found for depth in DEPTHS for key, table in (("median", found), ("most", best))}


ADDED = {"addition.written.exact": 1, "addition.d16.l1.long-best": 0.951, "addition.d16.l2.long-best": 0.6,
         "addition.d16.l3.long-best": 0.6}
GUESSED = {"addition.written.exact": 0.9999, **{f"addition.d16.l{layers}.long-best": 0.749 for layers in (1, 2, 3)}}

EXAMPLES = {
    "a.depth-composes-lookups": [
        (hops(DEPTHS, DEPTHS), SUPPORTED),
        (hops((1.0, 2.0, 3.0, 4.0), DEPTHS), SUPPORTED),
        (hops(DEPTHS, (1, 3, 4, 4)), MIXED),
        (hops(DEPTHS, DEPTHS, {"causal": (1, 2, 4, 4)}), MIXED),
        (hops((1, 2, 2, 4), DEPTHS), MIXED),
        (hops((1, 1, 1, 1), (1, 1, 1, 2)), MIXED),
        (hops((1, 1, 1, 1), (1, 1, 1, 1)), REFUTED),
        (hops((4, 4, 4, 4), (4, 4, 4, 4)), REFUTED),
    ],
    "c.addition": [
        (ADDED, REFUTED),
        ({**ADDED, "addition.d16.l1.long-best": 0.6, "addition.d16.l3.long-best": 0.951}, REFUTED),
        ({**ADDED, "addition.d16.l1.long-best": 0.95}, MIXED),
        (GUESSED, SUPPORTED),
        ({**GUESSED, "addition.d16.l2.long-best": 0.75}, MIXED),
        ({**GUESSED, "addition.written.exact": 1}, MIXED),
        ({**ADDED, "addition.written.exact": 0.9999}, MIXED),
    ],
}
