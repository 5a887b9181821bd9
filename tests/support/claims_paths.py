"""What a build might find about baselines, distance and length, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED
from deref.claims.paths import CELLS, CHANGES, KINDS, SIZES, TRANSFORMERS

GUESSING = {
    **{f"baselines.guess.{size}": 0.6 for size in SIZES},
    **{f"baselines.{kind}.{size}.accuracy": (0.6, 0.59, 0.61) for kind in KINDS for size in SIZES},
    **{f"baselines.{kind}.{size}.solved": (0.0, 0.0, 0.43) for kind in KINDS for size in SIZES},
}

PATHS = {
    "paths.positions.narrows": 0, "paths.positions.fade-untrained": (0.0, -0.99, 0.99),
    "paths.positions.far": (0.99, 0.98, 1.0),
    **{f"paths.{cell}.narrows": 63 for cell in CELLS},
    **{f"paths.{cell}.fade-untrained": (-2.0, -2.9, -1.01) for cell in CELLS},
    **{f"paths.{cell}.far": (0.9, 0.8, 0.979) for cell in CELLS},
}
UNSEEN = {"paths.rnn.far": (0.9, 0.8, 0.98), "paths.gru.far": (0.9, 0.8, 0.98), "paths.lstm.far": 0.98}

BORNE = {f"paths.{net}.{change}": (0.0, -0.0099, 0.01) for net in (*TRANSFORMERS, *CELLS) for change in CHANGES}
LOST = {f"paths.{cell}.by-distance": (-0.2, -0.3, -0.0501) for cell in CELLS}
SHAKEN = {f"paths.{net}.{change}": (0.0, -0.01, 0.01) for net in TRANSFORMERS for change in CHANGES}

EXAMPLES = {
    "a.needs-lookup": [
        (GUESSING, SUPPORTED),
        ({**GUESSING, "baselines.gru.8.accuracy": (0.7, 0.601, 0.8)}, MIXED),
        ({**GUESSING, "baselines.gru.8.solved": (0.9, 0.51, 1.0)}, REFUTED),
        ({**GUESSING, "baselines.gru.8.solved": (0.9, 0.5, 1.0)}, SUPPORTED),
    ],
    "d.direct-path": [
        (PATHS, SUPPORTED),
        ({**PATHS, "paths.gru.fade-untrained": (-2.0, -2.9, -1.0)}, MIXED),
        ({**PATHS, "paths.positions.fade-untrained": (0.0, -1.0, 0.9)}, MIXED),
        ({**PATHS, **UNSEEN}, MIXED),
        ({**PATHS, "paths.positions.narrows": 1}, REFUTED),
        ({**PATHS, "paths.lstm.narrows": 62}, REFUTED),
    ],
    "e.no-decay": [
        ({**BORNE, **LOST}, SUPPORTED),
        ({**BORNE, **LOST, "paths.positions.beyond": (0.0, -0.01, 0.01)}, MIXED),
        ({**BORNE, **LOST, "paths.gru.by-distance": (-0.2, -0.3, -0.05)}, MIXED),
        (BORNE, REFUTED),
        ({**BORNE, **LOST, **SHAKEN}, REFUTED),
    ],
}
