"""What a build might find about the claims of the section "What attention costs", with the verdict on it."""

from deref.claims import MIXED, REFUTED, SUPPORTED

QUADRATIC = {"cost.table.exponent": 2.0, "cost.plain.bytes-exponent": (1.98, 1.901, 2.099),
             "cost.block.exponent": (1.95, 1.901, 1.99)}

VARIANTS = {
    "cost.fused.gap-double": 1e-12, "cost.fused.gap-single": 1e-4, "cost.fused.bytes-exponent": (1.0, 0.9, 1.099),
    "cost.fused.saving": 10.1, "window.gap": 1e-12, "window.operations-exponent": 1.099, "window.reach.exact": 1,
}

CHAINS = {"chain.transformer.per-token": 0, **{f"chain.{cell}.per-token": 1 for cell in ("rnn", "gru", "lstm")}}

DILUTION = {
    "dilution.theory-gap": 1e-6,
    "dilution.weight-change": (-0.3, -0.4, -0.001), "dilution.recall-change": (-0.4, -0.5, -0.001),
    "dilution.early-weight.unseen": (-0.1, -0.2, -0.001), "dilution.early-weight.shared": (-0.1, -0.2, -0.001),
}

KEPT = {"facts": (1.0, 0.991, 1.0), "lookups": (0.97, 0.951, 0.99)}
LOST = {"facts": (0.99, 0.98, 1.0), "lookups": (0.95, 0.9, 0.99)}


def longer(**found):
    """Results by way and factor, "unseen_x2" and so on; what is not given is lost."""
    return {f"longer.{way}.x{factor}.{what}": number for way in ("unseen", "shared") for factor in (2, 4)
            for what, number in found.get(f"{way}_x{factor}", LOST).items()}


EXAMPLES = {
    "d.quadratic-cost": [
        (QUADRATIC, SUPPORTED),
        ({**QUADRATIC, "cost.block.exponent": (1.95, 1.9, 1.99)}, MIXED),
        ({**QUADRATIC, "cost.table.exponent": 1.9}, REFUTED),
        ({**QUADRATIC, "cost.table.exponent": 2.1}, REFUTED),
        ({**QUADRATIC, "cost.plain.bytes-exponent": (1.95, 1.9, 2.0)}, REFUTED),
        ({**QUADRATIC, "cost.plain.bytes-exponent": (2.05, 2.0, 2.1)}, REFUTED),
    ],
    "e.efficient-variants": [
        (VARIANTS, SUPPORTED),
        ({**VARIANTS, "cost.fused.gap-double": 1.1e-12}, MIXED),
        ({**VARIANTS, "cost.fused.gap-single": 1.1e-4}, MIXED),
        ({**VARIANTS, "cost.fused.bytes-exponent": (1.0, 0.9, 1.1)}, MIXED),
        ({**VARIANTS, "cost.fused.saving": 10}, MIXED),
        ({**VARIANTS, "window.gap": 1.1e-12}, MIXED),
        ({**VARIANTS, "window.operations-exponent": 1.1}, MIXED),
        ({**VARIANTS, "window.reach.exact": 0.99}, MIXED),
        ({**VARIANTS, "window.reach.exact": 0.99, "cost.fused.saving": 10}, REFUTED),
    ],
    "d.parallel-training": [
        (CHAINS, SUPPORTED),
        ({**CHAINS, "chain.lstm.per-token": 0.9}, MIXED),
        ({**CHAINS, **{f"chain.{cell}.per-token": 0.9 for cell in ("rnn", "gru", "lstm")}}, REFUTED),
        ({**CHAINS, "chain.transformer.per-token": 0.1}, REFUTED),
    ],
    "e.attention-dilutes": [
        (DILUTION, SUPPORTED),
        ({**DILUTION, "dilution.early-weight.unseen": (-0.1, -0.2, 0.0)}, MIXED),
        ({**DILUTION, "dilution.early-weight.shared": (0.1, 0.05, 0.2)}, MIXED),
        ({**DILUTION, "dilution.theory-gap": 1.1e-6}, REFUTED),
        ({**DILUTION, "dilution.weight-change": (-0.1, -0.2, 0.0)}, REFUTED),
        ({**DILUTION, "dilution.recall-change": (-0.1, -0.2, 0.0)}, REFUTED),
    ],
    "e.window-separable": [
        (longer(unseen_x2=KEPT, unseen_x4=KEPT), SUPPORTED),
        (longer(shared_x2=KEPT, shared_x4=KEPT), SUPPORTED),
        (longer(shared_x2=KEPT, unseen_x4=KEPT), MIXED),
        (longer(shared_x2=KEPT), MIXED),
        (longer(shared_x4={**LOST, "facts": (1.0, 0.991, 1.0)}), MIXED),
        (longer(shared_x2={**KEPT, "lookups": (0.97, 0.95, 0.99)}), REFUTED),
        (longer(shared_x2={**KEPT, "facts": (1.0, 0.99, 1.0)}), REFUTED),
        (longer(), REFUTED),
    ],
    "c.mlp-flops-share": [
        ({"share.opt-175b": 0.771, "share.least-rise": 0.001}, SUPPORTED),
        ({"share.opt-175b": 0.829, "share.least-rise": 0.001}, SUPPORTED),
        ({"share.opt-175b": 0.77, "share.least-rise": 0.001}, MIXED),
        ({"share.opt-175b": 0.83, "share.least-rise": 0.001}, MIXED),
        ({"share.opt-175b": 0.8, "share.least-rise": 0.0}, MIXED),
        ({"share.opt-175b": 0.65, "share.least-rise": 0.0}, REFUTED),
    ],
}
