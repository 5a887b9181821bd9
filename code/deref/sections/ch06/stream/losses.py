"""What a model loses on the bit stream: on all bits, and on those that a pointer repeats."""

import torch
import torch.nn.functional as F

from deref.tasks.bit_stream import BitStreamTask
from evidence.runs import Run

STREAMS = 1_024
_SEED = 2_000_003  # no training seed


def drawn(task: BitStreamTask, n: int = STREAMS) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw streams that no training looks at.

    Args:
        task: the bit stream.
        n: how many.

    Returns:
        Bits, (n, length + 1), and whether each is the first one that a pointer repeats.
    """
    generator = torch.Generator().manual_seed(_SEED)
    pairs = [task.stream(generator) for _ in range(n)]
    return torch.tensor([bits for bits, _ in pairs]), torch.tensor([told for _, told in pairs])


def entropy(bits: torch.Tensor) -> float:
    """The loss, in nats, of whoever knows how frequent a one is and nothing else."""
    share = bits.double().mean()
    return float(-(share * share.log() + (1 - share) * (1 - share).log()))


@torch.no_grad()
def stream_losses(run: Run) -> list[dict[str, float]]:
    """The losses of each member, in nats a bit.

    Args:
        run: a run on the bit stream.

    Returns:
        "loss" on all bits and "guess", what their frequency alone allows; "pointed" on the first bit that each pointer
        repeats, and "coin", what the frequency of those allows.
    """
    task = run.config.task
    bits, told = drawn(task)
    targets, wanted = bits[:, 1:], told[:, 1:]
    found = []
    logits = torch.cat([run.model(some, task.layout("flat")) for some in bits[:, :-1].split(64)], dim=1)
    for member in logits:
        loss = F.cross_entropy(member.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
        found.append({"loss": loss.mean().item(), "guess": entropy(targets), "pointed": loss[wanted].mean().item(),
                      "coin": entropy(targets[wanted])})
    return found
