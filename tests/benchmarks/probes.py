"""The exhaustive probes of one memory, against a plain loop: one forward pass a patch and example."""

from collections.abc import Iterator

import plain_probes
import torch
from timing import Row, in_turns

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.trace import causal_trace
from deref.tasks.pointer import PointerTask

MEMORIES = 4  # that the fast side takes at once; the plain loop takes one, and takes as long for each


def measure() -> Iterator[Row]:
    """Time both probes on three layers of d = 128 at M = 32, and compare what they find."""
    task = PointerTask(M=32)
    config = ModelConfig(length=task.length, layers=3, heads=4, width=128, mlp=256, position_std=1.0, token_std=1.0)
    # Neither probe's cost depends on what the model has learned, so this one has learned nothing.
    model = Transformer(config, (0,))
    memories = task.sample_memory(MEMORIES, torch.Generator().manual_seed(0))
    found = {}

    def keep(name, value):
        found[name] = value

    probes = {
        "flip test": (lambda: keep("flip", flip_test(model, task, memories).changed),
                      lambda: keep("plain flip", plain_probes.flip_test(model, task, memories[:1]))),
        "causal trace": (lambda: keep("trace", causal_trace(model, task, memories, threshold=0)),
                         lambda: keep("plain trace", plain_probes.causal_trace(model, task, memories[:1]))),
    }
    for (name, (fast, plain)), goal in zip(probes.items(), (30, 15), strict=True):
        seconds = in_turns({"fast": fast, "plain": plain}, rounds=3)
        each = seconds["fast"] / MEMORIES
        yield Row(what=f"{name} of one memory, plain / fast", goal=f"at least {goal}",
                  value=f"{seconds['plain'] / each:.0f}   ({seconds['plain']:.2f} and {each:.3f} s)")
    other = (found["flip"][:, :1] != found["plain flip"]).sum().item()
    yield Row(what="flips on which the two disagree", value=f"{other}", goal="0")
    trace = found["trace"]
    # As margins: a model that has learned nothing has small gaps, and dividing by them would magnify rounding.
    apart = (trace.recovery[:, :1] - found["plain trace"]).abs() * trace.gap[:, :1, :, None, None]
    yield Row(what="patched margins: largest difference, in logits", goal="at most 1e-4",
              value=f"{apart[trace.kept[:, :1]].max().item():.1e}")
