"""What PyTorch makes of a question when a head or an edge is cut, for the site's scripts to be compared with.

A cut is written as in the address of a page: "1.3" is head 3 of layer 1; "1.3-2.q.readout" is what that head sends to
the queries of layer 2 at the readout, "q", "k" or "v" and "readout" or "cell", the addressed one. All count from 1.
"""

from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from deref.explorables.weights import averaged
from deref.model.taps import Site
from deref.probes.base.means import means_of
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.path_ablation import ablate_path
from deref.probes.interventions.path_patching import INPUTS
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask

KINDS = ("zero", "mean")


def questions(task: PointerTask) -> Int[Tensor, "question node"]:
    """Every address of the memories that means are over, in the flat form."""
    memories = averaged(task)
    return task.tokens(memories.repeat_interleave(task.M, 0), torch.arange(task.M).repeat(len(memories)))


def cut_cases(member: ShownMember, memory: Int[Tensor, "cell"], address: int) -> list[dict[str, Any]]:
    """Put one question to a member with every head cut, and with edges from the outer heads of early layers.

    Args:
        member: the member.
        memory: its bits.
        address: the cell that is asked for.

    Returns:
        For each cut, what it is, what stands in its place, and the margin of the right answer.
    """
    task, model, layout = member.task, member.model, member.task.layout("flat")
    tokens, donors = task.tokens(memory[None], torch.tensor([address])), questions(task)
    right = memory[address].view(1, 1)
    shape, places = model.config, {"readout": task.T - 1, "cell": address}
    heads, found = every_head(shape.layers, shape.heads), []
    for kind in KINDS:
        without = ablate(model, tokens, layout, right, heads, kind=kind, donors=donors, others=1 - right)
        assert without.margin is not None, "others were given"
        found += [_case(f"{head.layer + 1}.{head.head + 1}", kind, margin)
                  for head, margin in zip(heads, without.margin[:, 0, 0, 0].tolist(), strict=True)]
    for sender in (Head(layer, head) for layer in range(shape.layers - 1) for head in {0, shape.heads - 1}):
        site = Site("head_out", sender.layer)
        mean = means_of(model, donors, layout, [site], batch=64)[site][:, :, sender.head]
        for kind, instead in zip(KINDS, (None, mean), strict=True):
            for into in INPUTS:
                for place, node in places.items():
                    logits = ablate_path(model, tokens, layout, sender, into=into, layer=shape.layers - 1, nodes=node,
                                         instead=instead)[0, 0, 0]
                    bit = int(right)
                    found.append(_case(f"{sender.layer + 1}.{sender.head + 1}-{shape.layers}.{into}.{place}", kind,
                                       float(logits[bit] - logits[1 - bit])))
    return found


def _case(cut: str, kind: str, margin: float) -> dict[str, Any]:
    return {"cut": cut, "instead": kind, "margin": round(margin, 7)}
