"""What a build might find about the claims of the section "A lookup made of arithmetic", with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

LOOKUP = {"lookup.sdpa-gap": 1e-12, "lookup.sdpa-gap-single": 1e-5, "lookup.sharpened-weight": 0.999}

SCALING = {
    "scaling.variance-exponent": (1.0, 0.951, 1.049),
    "scaling.divided.entropy-512": (3.0, 2.9, 3.1), "scaling.undivided.entropy-512": (0.7, 0.65, 0.749),
    "scaling.divided.gradient-512": (0.2, 0.19, 0.21), "scaling.undivided.gradient-512": (0.01, 0.001, 0.0199),
    **{f"scaling.gain-{size}": (0.5, 0.01, 0.9) for size in (8, 32, 128)},
}

HEADS = {
    **{f"heads.{name}.distance": (0.5, 0.251, 0.7) for name in ("large-32", "gather")},
    **{f"heads.{name}.gain": (0.2, 0.01, 0.4) for name in ("large-32", "gather")},
    **{f"heads.{name}.redundant": (0.5, 0.01, 0.99) for name in ("large-32", "gather")},
}

LISTING = {"audit.no-gradient": 0, "audit.head-spread": 0.1, "audit.score-scale": 1.009}

CROSSING = {
    **{f"crossing.{source}.whole.solved": (1.0, 0.51, 1.0) for source in ("self", "cross")},
    **{f"crossing.{source}.spelled.solved": (0.0, 0.0, 0.28) for source in ("self", "cross")},
    "crossing.self.spelled.outside": 1e-9, "crossing.cross.spelled.outside": 0.0,
}

COUNTS = {"counts.seven": 8, "counts.seven-with-32": 8, "counts.gpt-3": 96, "counts.gpt-4": 96}

EXAMPLES = {
    "a.attention-is-lookup": [
        (LOOKUP, SUPPORTED),
        ({**LOOKUP, "lookup.sdpa-gap": 1.1e-12}, REFUTED),
        ({**LOOKUP, "lookup.sdpa-gap-single": 1.1e-5}, REFUTED),
        ({**LOOKUP, "lookup.sharpened-weight": 0.998}, REFUTED),
    ],
    "d.sqrt-scaling": [
        (SCALING, SUPPORTED),
        ({**SCALING, "scaling.gain-32": (0.5, 0.0, 0.9)}, MIXED),
        ({**SCALING, **{f"scaling.gain-{size}": (-0.5, -0.9, -0.1) for size in (8, 32, 128)}}, MIXED),
        ({**SCALING, "scaling.variance-exponent": (1.0, 0.95, 1.049)}, REFUTED),
        ({**SCALING, "scaling.variance-exponent": (1.0, 0.951, 1.05)}, REFUTED),
        ({**SCALING, "scaling.undivided.entropy-512": (0.7, 0.65, 0.75)}, REFUTED),
        ({**SCALING, "scaling.undivided.gradient-512": (0.01, 0.001, 0.0201)}, REFUTED),
    ],
    "d.heads-differ": [
        (HEADS, SUPPORTED),
        ({**HEADS, "heads.gather.distance": (0.5, 0.25, 0.7)}, MIXED),
        ({**HEADS, "heads.large-32.gain": (0.1, 0.0, 0.2)}, MIXED),
        ({**HEADS, "heads.gather.redundant": (0.1, 0.0, 0.3)}, MIXED),
        ({**HEADS, "heads.gather.redundant": (0.9, 0.7, 1.0)}, MIXED),
        ({**HEADS, **{f"heads.{name}.distance": (0.2, 0.1, 0.3) for name in ("large-32", "gather")},
          **{f"heads.{name}.redundant": (0.0, 0.0, 0.1) for name in ("large-32", "gather")}}, REFUTED),
    ],
    "d.listing-audit": [
        (LISTING, SUPPORTED),
        ({**LISTING, "audit.no-gradient": 1}, REFUTED),
        ({**LISTING, "audit.head-spread": 0.0}, REFUTED),
        ({**LISTING, "audit.score-scale": 0.98}, REFUTED),
    ],
    "e.cross-attention": [
        (CROSSING, SUPPORTED),
        ({**CROSSING, "crossing.self.whole.solved": (0.6, 0.5, 0.9)}, MIXED),
        ({**CROSSING, "crossing.self.spelled.solved": (0.1, 0.02, 0.4)}, MIXED),
        ({**CROSSING, "crossing.cross.spelled.outside": 1e-300}, REFUTED),
        ({**CROSSING, "crossing.self.spelled.outside": 0.0}, REFUTED),
        ({**CROSSING, **{f"crossing.{source}.whole.solved": (0.2, 0.1, 0.5) for source in ("self", "cross")}}, REFUTED),
    ],
    "e.head-counts": [
        (COUNTS, SUPPORTED),
        ({**COUNTS, "counts.gpt-4": 0}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 7}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 4, "counts.gpt-4": 0}, MIXED),
        ({**COUNTS, "counts.seven-with-32": 3}, REFUTED),
        ({**COUNTS, "counts.gpt-4": 128}, REFUTED),
    ],
}
