"""The optimiser: AdamW on the parameters of all seeds, with a schedule and a clip that no seed shares with another."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from deref.train.config import TrainConfig


def learning_rate(config: "TrainConfig", step: int) -> float:
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

    It moves the parameters into one array, in which each is a view from then on: a step is one pass over that array,
    where a pass over each of two dozen small parameters costs more in calls than in arithmetic.

    Args:
        config: names the learning rate, its schedule, the moments' decay, the weight decay and the clip.
        parameters: by name, each with a leading seed axis.

    Source:
        Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019).
    """

    def __init__(self, config: "TrainConfig", parameters: Mapping[str, nn.Parameter]) -> None:
        self.config, self.parameters = config, dict(parameters)
        self._all = nn.Parameter(torch.cat([one.detach().flatten() for one in self.parameters.values()]))
        for parameter, place in zip(self.parameters.values(), self._views(self._all.detach()), strict=True):
            parameter.data = place
        self._adam = torch.optim.AdamW([self._all], lr=config.lr, betas=config.betas,
                                       weight_decay=config.weight_decay, fused=True)
        # Made here and not at the first step, so that a state has the same tensors at every step.
        self._adam.state[self._all] = {"step": torch.zeros((), device=self._all.device),
                                       "exp_avg": torch.zeros_like(self._all),
                                       "exp_avg_sq": torch.zeros_like(self._all)}

    def step(self, step: int) -> None:
        """Update every parameter from its gradient, and forget the gradients.

        Args:
            step: which step this is, the first being 1.
        """
        if self.config.clip is not None:
            self._clip(self.config.clip)
        self._all.grad = torch.cat([parameter.grad.flatten() for parameter in self.parameters.values()])
        for group in self._adam.param_groups:
            group["lr"] = learning_rate(self.config, step)
        self._adam.step()
        for parameter in self.parameters.values():
            parameter.grad = None

    def moments(self) -> dict[str, Tensor]:
        """Adam's running means of gradients and of their squares, by name; the tensors themselves, not copies."""
        kinds = {"first_moment": "exp_avg", "second_moment": "exp_avg_sq"}
        return {f"{kind}.{name}": moment for kind, key in kinds.items()
                for name, moment in zip(self.parameters, self._views(self._adam.state[self._all][key]), strict=True)}

    def go_on_after(self, step: int) -> None:
        """Count from here, once the moments of an interrupted training are in place.

        Args:
            step: how many steps those moments have seen.
        """
        self._adam.state[self._all]["step"].fill_(step)

    def _views(self, array: Tensor) -> list[Tensor]:
        """Each parameter's part of an array of all, in the parameter's shape."""
        parts = array.split([parameter.numel() for parameter in self.parameters.values()])
        return [part.view(parameter.shape) for part, parameter in zip(parts, self.parameters.values(), strict=True)]

    def _clip(self, largest: float) -> None:
        """Scale each seed's gradient down to a norm of at most `largest`."""
        gradients = [parameter.grad for parameter in self.parameters.values()]
        norm = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
        # A gradient of zero keeps its scale of 1 and does not become 0 / 0.
        scale = (largest / norm.clamp(min=torch.finfo(norm.dtype).tiny)).clamp(max=1)
        for gradient in gradients:
            gradient.mul_(scale.view(-1, *[1] * (gradient.ndim - 1)))
