"""What a build might find about depth, width, heads and time, with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

STALLED = {"depth.two.solved": 0.1, "depth.wide.solved": 0.2, "depth.long.solved": 0.2}
SOLVED = {"depth.three.solved": (0.9, 0.51, 1.0), "depth.three.share-gain": (0.7, 0.01, 0.9),
          "depth.three.median-gain": (0.1, -0.01, 0.2)}
ON, OFF, OPEN = (0.8, 0.51, 0.9), (0.2, 0.1, 0.49), (0.6, 0.4, 0.8)
NOISY = {f"noise.{key}.{data}.solved": solved for data in ("fresh", "fixed")
         for key, solved in (("shared", (1.0, 0.51, 1.0)), ("examples", (1.0, 0.51, 1.0)), ("tokens", 0.2))}

MOVES = {"khop.equal.deep.median": 4, "khop.equal.wide.median": 3, "khop.equal.heads.median": 3,
         "depth.three.solved": 0.5, "depth.heads.solved": 0.4}

EXAMPLES = {
    "c.depth-limits-moves": [
        (MOVES, SUPPORTED),
        ({**MOVES, "khop.equal.heads.median": 4}, MIXED),
        ({**MOVES, "khop.equal.wide.median": 4}, MIXED),
        ({**MOVES, "depth.heads.solved": 0.5}, MIXED),
        ({**MOVES, "depth.heads.solved": 0.5, "khop.equal.wide.median": 4}, REFUTED),
    ],
    "a.two-layers-stall": [
        (STALLED, SUPPORTED),
        ({**STALLED, "depth.wide.solved": 0.3}, MIXED),
        ({**STALLED, "depth.long.solved": 0.7}, MIXED),
        ({**STALLED, "depth.wide.solved": 0.3, "depth.long.solved": 0.3}, REFUTED),
        ({**STALLED, "depth.two.solved": 0.3}, REFUTED),
    ],
    "a.third-layer-solves": [
        (SOLVED, SUPPORTED),
        ({**SOLVED, "depth.three.solved": (0.7, 0.49, 0.9)}, MIXED),
        ({**SOLVED, "depth.three.share-gain": (0.3, -0.01, 0.6), "depth.three.median-gain": (0.1, 0.01, 0.2)}, MIXED),
        ({**SOLVED, "depth.three.share-gain": (0.3, -0.01, 0.6)}, REFUTED),
    ],
    "ours.plateau-ladder": [
        ({"plateaus.powers.near": ON, "plateaus.large.near": ON}, SUPPORTED),
        ({"plateaus.powers.near": ON, "plateaus.large.near": OFF}, MIXED),
        ({"plateaus.powers.near": OPEN, "plateaus.large.near": OFF}, MIXED),
        ({"plateaus.powers.near": OPEN, "plateaus.large.near": OPEN}, MIXED),
        ({"plateaus.powers.near": OFF, "plateaus.large.near": OFF}, REFUTED),
    ],
    "ours.noise-not-depth": [
        (NOISY, SUPPORTED),
        ({**NOISY, "noise.tokens.fresh.solved": 0.4}, MIXED),
        ({**NOISY, "noise.shared.fixed.solved": (0.8, 0.49, 0.9)}, MIXED),
        ({**NOISY, "noise.examples.fresh.solved": (0.8, 0.49, 0.9), "noise.tokens.fixed.solved": 0.4}, REFUTED),
    ],
}
