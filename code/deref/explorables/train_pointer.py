"""Training in the page."""
from deref.train.config import TrainConfig


def recipe(config: TrainConfig):
    m = config.model
    return {"cells": config.task.M, "layers": m.layers, "heads": m.heads, "width": m.width, "positions": m.positions,
            "position_std": m.position_std, "final_norm": m.final_norm, "batch": config.batch, "steps": config.steps,
            "lr": config.lr, "betas": list(config.betas), "weight_decay": config.weight_decay, "warmup": config.warmup}
