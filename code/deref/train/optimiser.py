"""The optimiser: AdamW on the parameters of all seeds, with a schedule and a clip that no seed shares with another."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from deref.train.config import TrainConfig


def learning_rate(config: TrainConfig, step: int) -> float:
    """The learning rate of one step, the first being step 1.

    Returns:
        A linear rise to `config.lr` at step `config.warmup`; after it `config.lr`, or half a cosine wave that falls
        from `config.lr` to zero at step `config.steps`.
    """
    if step < config.warmup:
        return config.lr * step / config.warmup
    if config.schedule == "constant":
        return config.lr
    gone = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.lr * (1 + math.cos(math.pi * gone)) / 2


class Optimiser:
    """AdamW over an ensemble; what it does to one seed depends on that seed's gradient alone.

    Args:
        config: names the learning rate, its schedule, the moments' decay, the weight decay and the clip.
        parameters: by name, each with a leading seed axis.

    Source:
        Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019).
    """

    def __init__(self, config: TrainConfig, parameters: Mapping[str, nn.Parameter]) -> None:
        self.config, self.parameters = config, dict(parameters)
        # One fused kernel instead of a dozen passes over the parameters; at small widths this is half of a step.
        self._adam = torch.optim.AdamW(self.parameters.values(), lr=config.lr, betas=config.betas,
                                       weight_decay=config.weight_decay, fused=True)
        # Made here and not at the first step, so that a state has the same tensors at every step.
        for parameter in self.parameters.values():
            self._adam.state[parameter] = {"step": torch.zeros((), device=parameter.device),
                                           "exp_avg": torch.zeros_like(parameter),
                                           "exp_avg_sq": torch.zeros_like(parameter)}

    def step(self, step: int) -> None:
        """Update every parameter from its gradient, and forget the gradients.

        Args:
            step: which step this is, the first being 1.
        """
        if self.config.clip is not None:
            self._clip(self.config.clip)
        for group in self._adam.param_groups:
            group["lr"] = learning_rate(self.config, step)
        self._adam.step()
        self._adam.zero_grad()

    def moments(self) -> dict[str, Tensor]:
        """Adam's running means of gradients and of their squares, by name; the tensors themselves, not copies."""
        kinds = {"first_moment": "exp_avg", "second_moment": "exp_avg_sq"}
        return {f"{kind}.{name}": self._adam.state[parameter][key]
                for kind, key in kinds.items() for name, parameter in self.parameters.items()}

    def go_on_after(self, step: int) -> None:
        """Count from here, once the moments of an interrupted training are in place.

        Args:
            step: how many steps those moments have seen.
        """
        for state in self._adam.state.values():
            state["step"].fill_(step)

    def _clip(self, largest: float) -> None:
        """Scale each seed's gradient down to a norm of at most `largest`."""
        gradients = [parameter.grad for parameter in self.parameters.values()]
        norm = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
        # A gradient of zero keeps its scale of 1 and does not become 0 / 0.
        scale = (largest / norm.clamp(min=torch.finfo(norm.dtype).tiny)).clamp(max=1)
        for gradient in gradients:
            gradient.mul_(scale.view(-1, *[1] * (gradient.ndim - 1)))
