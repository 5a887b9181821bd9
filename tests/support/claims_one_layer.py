"""What a build might find about the claims on one layer, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

ALONE = {"leaks.vote": 0.75, "layers.one.best": 0.75, "layers.one-norm.solved": (0.0, 0.0, 0.28),
         "leaks.mlp.solved": (0.0, 0.0, 0.28), "buy.plain.8.solved-4": (0.0, 0.0, 0.32)}

BOUGHT = {"buy.written": 1.0, **{f"buy.{way}.{cells}.least": cells // 2
                                 for way in ("plain", "norm") for cells in (4, 8, 16)}}

VISIBLE = {f"visible.{key}.weight": (0.7, 0.51, 0.9) for key in ("sinusoidal", "learned", "four-heads")}
HIDDEN = (0.3, 0.1, 0.49)

EXAMPLES = {
    "a.one-layer-fails": [
        (ALONE, SUPPORTED),
        ({**ALONE, "layers.one-norm.solved": (0.1, 0.02, 0.4)}, MIXED),
        ({**ALONE, "leaks.mlp.solved": (0.4, 0.2, 0.7)}, MIXED),
        ({**ALONE, "buy.plain.8.solved-4": (0.375, 0.1, 0.7)}, MIXED),
        ({**ALONE, "leaks.mlp.solved": (0.5, 0.2, 0.8)}, REFUTED),
        ({**ALONE, "buy.plain.8.solved-4": (0.5, 0.2, 0.8)}, REFUTED),
        ({**ALONE, "layers.one.best": 0.751}, REFUTED),
    ],
    "ours.heads-buy-depth": [
        (BOUGHT, SUPPORTED),
        ({**BOUGHT, "buy.norm.16.least": 5}, SUPPORTED),
        ({**BOUGHT, "buy.norm.16.least": 0}, MIXED),
        ({**BOUGHT, "buy.plain.8.least": 5}, MIXED),
        ({**BOUGHT, **{f"buy.{way}.{cells}.least": 0 for way in ("plain", "norm") for cells in (8, 16)}}, REFUTED),
        ({**BOUGHT, "buy.written": 0.9999}, REFUTED),
    ],
    "a.pointer-visible": [
        (VISIBLE, SUPPORTED),
        ({**VISIBLE, "visible.sinusoidal.weight": (0.7, 0.5, 0.9)}, MIXED),
        ({**VISIBLE, "visible.learned.weight": HIDDEN}, MIXED),
        ({**dict.fromkeys(VISIBLE, HIDDEN), "visible.four-heads.weight": (0.3, 0.1, 0.5)}, MIXED),
        (dict.fromkeys(VISIBLE, HIDDEN), REFUTED),
    ],
}
