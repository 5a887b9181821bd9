"""What a build might find about the claims that a real language model tests, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

KINDS, FUNCTIONS = ("random", "text"), ("brackets", "quotes", "agreement", "names")

COVER = {f"lm.{kind}.{key}": number for kind in KINDS for key, number in {
    "strongest": (0.04, 0.03, 0.049), "median": (0.02, 0.01, 0.049), "surplus": (0.2, 0.001, 0.4),
    "joint": (0.5, 0.101, 0.6), "chance": (0.05, 0.0, 0.1)}.items()}

CONTEXT = {"lm.context.again": (0.4, 0.201, 0.6), "lm.context.first": (0.0, -0.049, 0.049),
           "lm.agreement.unrelated": (0.0, -0.049, 0.049)}

AUDIT = {"lm.it.same": 0.0, "lm.it.cut": (0.1, 0.05, 0.199), "lm.answer.cut": (3.0, 2.0, 4.0)}

SPECIALISE = {"lm.specialists": 4, **{f"lm.{name}.{key}": number for name in FUNCTIONS for key, number in {
    "excess": (0.5, 0.201, 0.8), "lost": (0.4, 0.101, 0.7)}.items()}}


def both(found, part, number):
    """The same results with another number in one part of them: for both kinds of repeats, or all kinds of work."""
    return {**found, **{rid: number for rid in found if rid.endswith(f".{part}")}}


EXAMPLES = {
    "b.heads-cover": [
        (COVER, SUPPORTED),
        ({**COVER, "lm.text.strongest": (0.04, 0.03, 0.05)}, MIXED),
        (both(COVER, "strongest", (0.2, 0.1, 0.3)), MIXED),
        ({**COVER, "lm.random.median": (0.04, 0.03, 0.05)}, MIXED),
        ({**COVER, "lm.random.surplus": (0.2, 0.0, 0.4)}, MIXED),
        ({**COVER, "lm.random.joint": (0.5, 0.1, 0.9)}, MIXED),
        (both(COVER, "median", (0.04, 0.03, 0.05)), REFUTED),
        (both(COVER, "surplus", (0.2, 0.0, 0.4)), REFUTED),
        (both(COVER, "joint", (0.5, 0.1, 0.9)), REFUTED),
    ],
    "d.heads-context": [
        (CONTEXT, SUPPORTED),
        ({**CONTEXT, "lm.context.first": (0.0, -0.01, 0.05)}, MIXED),
        ({**CONTEXT, "lm.context.first": (0.0, -0.05, 0.01)}, MIXED),
        ({**CONTEXT, "lm.agreement.unrelated": (0.0, -0.01, 0.05)}, MIXED),
        ({**CONTEXT, "lm.context.again": (0.4, 0.2, 0.6)}, REFUTED),
        ({**CONTEXT, "lm.context.first": (0.2, 0.1, 0.3), "lm.agreement.unrelated": (-0.1, -0.2, 0.0)}, REFUTED),
    ],
    "d.attention-audit": [
        (AUDIT, REFUTED),
        ({**AUDIT, "lm.it.cut": (0.1, 0.05, 0.2)}, MIXED),
        ({**AUDIT, "lm.it.same": 1e-9}, MIXED),
        ({**AUDIT, "lm.it.same": 0.1, "lm.it.cut": (5.0, 3.9, 6.0)}, MIXED),
        ({**AUDIT, "lm.it.same": 0.1, "lm.it.cut": (5.0, 4.0, 6.0)}, SUPPORTED),
    ],
    "e.heads-specialise": [
        (SPECIALISE, SUPPORTED),
        ({**SPECIALISE, "lm.specialists": 3}, MIXED),
        ({**SPECIALISE, "lm.names.lost": (-0.1, -0.2, 0.1)}, MIXED),
        ({**SPECIALISE, "lm.quotes.lost": (0.2, 0.1, 0.3)}, MIXED),
        ({**SPECIALISE, "lm.quotes.excess": (0.5, 0.2, 0.8)}, MIXED),
        (both(SPECIALISE, "lost", (0.0, -0.1, 0.1)), MIXED),
        (both(SPECIALISE, "excess", (0.5, 0.2, 0.8)), REFUTED),
    ],
}
