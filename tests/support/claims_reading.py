"""What a build might find about the claims on reading attention, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

MODELS = ("legible-8", "large-32")
READS = {f"flip.{name}.{key}": numbers for name in MODELS for key, numbers in {
    "bit-changed": (0.99, 0.9851, 1.0), "sets-inside": (0.99, 0.9851, 1.0), "bit-strayed": (0.01, 0.0, 0.0149),
    "sets-outside": (0.01, 0.0, 0.0149)}.items()}

SMALL = ("legible-8", "two-layers-8", "gather", "twin-8", "twin-8-sinusoidal")
LEGIBLE = {f"reading.{name}.legible": (0.6, 0.2, 0.9) for name in SMALL}
NONE = dict.fromkeys(LEGIBLE, (0.0, 0.0, 0.3))

LARGE = ("noise-16", "depth-24", "large-32")
HIDDEN = {f"reading.{name}.{key}": numbers for name in LARGE for key, numbers in {
    "covered": (0.3, 0.1, 0.49), "addressed": (0.99, 0.9851, 1.0), "other": (0.01, 0.0, 0.0149)}.items()}

TRAINED = ("legible-8", "gather", "depth-24", "large-32")
WRITTEN = {"weight.stare.weight": 0.991, "weight.stare.effect": 0.0, "weight.glance.weight": 0.049,
           "weight.glance.effect": 0.991}
RANKS = {f"weight.{name}.by-weight-{kind}": (0.5, 0.3, 0.69) for name in TRAINED for kind in ("cut", "flip")}
APART = {**WRITTEN, **RANKS}
ALIKE = dict.fromkeys(RANKS, (0.95, 0.901, 1.0))

EXAMPLES = {
    "b.flip-address-bit": [
        (READS, SUPPORTED),
        ({**READS, "flip.large-32.bit-changed": (0.99, 0.985, 1.0)}, MIXED),
        ({**READS, "flip.large-32.bit-strayed": (0.01, 0.0, 0.015)}, MIXED),
        ({**READS, "flip.legible-8.sets-inside": 0.985}, MIXED),
        ({**READS, "flip.legible-8.sets-outside": 0.015}, MIXED),
        ({**READS, "flip.legible-8.sets-outside": 0.02, "flip.large-32.bit-changed": 0.9}, REFUTED),
    ],
    "b.legible-small": [
        (LEGIBLE, SUPPORTED),
        ({**LEGIBLE, "reading.gather.legible": (0.5, 0.2, 0.8)}, MIXED),
        ({**NONE, "reading.gather.legible": (0.1, 0.02, 0.4)}, MIXED),
        (NONE, REFUTED),
    ],
    "b.illegible-large": [
        (HIDDEN, SUPPORTED),
        ({**HIDDEN, "reading.depth-24.covered": (0.4, 0.3, 0.5)}, MIXED),
        ({**HIDDEN, "reading.large-32.addressed": (0.99, 0.985, 1.0)}, REFUTED),
        ({**HIDDEN, "reading.noise-16.other": (0.01, 0.0, 0.015)}, REFUTED),
        ({**HIDDEN, **{f"reading.{name}.covered": (0.4, 0.3, 0.5) for name in LARGE}}, REFUTED),
    ],
    "b.weight-is-not-flow": [
        (APART, SUPPORTED),
        ({**APART, "weight.gather.by-weight-cut": (0.6, 0.5, 0.7)}, MIXED),
        ({**APART, "weight.gather.by-weight-flip": (0.6, 0.5, 0.7)}, MIXED),
        ({**APART, **ALIKE, "weight.large-32.by-weight-cut": (0.95, 0.9, 1.0)}, MIXED),
        ({**APART, **ALIKE}, REFUTED),
        ({**APART, "weight.stare.weight": 0.99}, REFUTED),
        ({**APART, "weight.stare.effect": 1e-9}, REFUTED),
        ({**APART, "weight.glance.weight": 0.05}, REFUTED),
        ({**APART, "weight.glance.effect": 0.99}, REFUTED),
    ],
}
