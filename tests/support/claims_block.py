"""What a build might find about the rest of the block, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

STILL = {"block.across.mlp": 0.0, "block.across.norm": 0.0, "block.across.attention": 0.011,
         "block.across.mixing": 0.011}
STORED = {"block.key-values.gap": 1e-5, "block.read.2.left": (0.4, 0.3, 0.499)}
FOLDED = {"block.fold.gap": 1e-5, "block.affine.fixed": 1e-5, "block.affine.norm": 0.011}
PASSIVE = {"layers.one-norm.best": 0.75, "leaks.vote": 0.75, "block.fixed.all": (0.97, 0.951, 0.99)}
PAST, SPOILT = {"layers.one-norm.best": 0.751}, {"block.fixed.all": (0.97, 0.95, 0.99)}
DIRECTIONS = {f"block.{name}.{what}": value for name in ("legible-8", "large-32") for what, value in (
    ("probe", (0.95, 0.901, 1.0)), ("decided", (0.5, 0.4, 0.599)), ("spared", (0.97, 0.951, 0.99)))}
HIDDEN = {f"block.{name}.probe": (0.95, 0.9, 1.0) for name in ("legible-8", "large-32")}
KEPT = {f"block.{name}.decided": (0.55, 0.5, 0.6) for name in ("legible-8", "large-32")}
HURT = {f"block.{name}.spared": (0.97, 0.95, 0.99) for name in ("legible-8", "large-32")}
CHOSEN = {rid: (3.0, 2.01, 4.0) for rid in ("block.legible-8.gain.2", "block.large-32.gain.1",
                                            "block.large-32.gain.2")}
ADDED = {"knowledge.mlp-mixed.new": (0.97, 0.951, 0.99), "knowledge.mlp-mixed.notes": (0.97, 0.951, 0.99),
         "knowledge.mlp-mixed.moved.1": 0.0, "knowledge.mlp-mixed.moved.2": (0.05, 0.01, 0.099),
         "knowledge.attention-mixed.new": (0.5, 0.4, 0.624)}

EXAMPLES = {
    "c.mlp-moves-nothing": [
        (STILL, SUPPORTED),
        ({**STILL, "block.across.mlp": 1e-300}, REFUTED),
        ({**STILL, "block.across.norm": 1e-300}, REFUTED),
        ({**STILL, "block.across.attention": 0.01}, REFUTED),
        ({**STILL, "block.across.mixing": 0.01}, REFUTED),
    ],
    "c.mlp-key-value": [
        (STORED, SUPPORTED),
        ({**STORED, "block.read.2.left": (0.4, 0.3, 0.5)}, MIXED),
        ({**STORED, "block.read.2.left": (0.9, 0.8, 0.999)}, MIXED),
        ({**STORED, "block.read.2.left": (0.9, 0.8, 1.0)}, REFUTED),
        ({**STORED, "block.key-values.gap": 1.1e-5}, REFUTED),
    ],
    "c.layernorm-folds": [
        (FOLDED, SUPPORTED),
        ({**FOLDED, "block.fold.gap": 1.1e-5}, REFUTED),
        ({**FOLDED, "block.affine.fixed": 1.1e-5}, REFUTED),
        ({**FOLDED, "block.affine.norm": 0.01}, REFUTED),
    ],
    "c.layernorm-passive": [
        (PASSIVE, SUPPORTED),
        ({**PASSIVE, **PAST}, MIXED),
        ({**PASSIVE, **SPOILT}, MIXED),
        ({**PASSIVE, **PAST, **SPOILT}, REFUTED),
    ],
    "c.features-are-directions": [
        (DIRECTIONS, SUPPORTED),
        ({**DIRECTIONS, "block.large-32.probe": (0.95, 0.9, 1.0)}, MIXED),
        ({**DIRECTIONS, "block.legible-8.decided": (0.55, 0.5, 0.6)}, MIXED),
        ({**DIRECTIONS, **HIDDEN}, MIXED),
        ({**DIRECTIONS, **KEPT}, MIXED),
        ({**DIRECTIONS, **HIDDEN, **KEPT}, REFUTED),
        ({**DIRECTIONS, **HIDDEN, **HURT}, REFUTED),
    ],
    "c.ov-moves-features": [
        (CHOSEN, SUPPORTED),
        ({**CHOSEN, "block.large-32.gain.1": (3.0, 2.0, 4.0)}, MIXED),
        ({**CHOSEN, "block.large-32.gain.1": (1.0, 0.9, 1.1), "block.large-32.gain.2": (1.0, 0.9, 1.1)}, MIXED),
        (dict.fromkeys(CHOSEN, (1.1, 1.0, 1.2)), REFUTED),
    ],
    "e.knowledge-in-mlp": [
        (ADDED, SUPPORTED),
        ({**ADDED, "knowledge.mlp-mixed.moved.2": (0.05, 0.01, 0.1)}, MIXED),
        ({**ADDED, "knowledge.mlp-mixed.moved.1": 0.1}, MIXED),
        ({**ADDED, "knowledge.attention-mixed.new": (0.5, 0.4, 0.625)}, MIXED),
        ({**ADDED, "knowledge.mlp-mixed.new": (0.97, 0.95, 0.99)}, REFUTED),
        ({**ADDED, "knowledge.mlp-mixed.notes": (0.97, 0.95, 0.99)}, REFUTED),
    ],
}
