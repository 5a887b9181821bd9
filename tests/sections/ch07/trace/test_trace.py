"""What the section takes from a causal trace, on the pointer written by hand."""

import torch
from random_models import memories

from deref.constructions.pointer import pointer
from deref.probes.pointer.trace import causal_trace
from deref.sections.ch07.trace.trace import by_address, in_cell


def test_each_address_of_the_hand_built_pointer_waits_in_its_own_cell():
    model, task = pointer(8)
    trace = causal_trace(model, task, memories(task, 4))
    assert torch.allclose(by_address(trace)[0], torch.eye(8, task.T), atol=1e-5)
    assert torch.allclose(in_cell(trace)[0], torch.ones(8), atol=1e-5)
