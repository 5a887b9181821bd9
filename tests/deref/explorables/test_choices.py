"""Which seed of released weights readers get, and that a rounded model reaches the page exactly, a byte a number."""

import base64

import pytest
import torch
from javascript import run

from deref.constructions.pointer import pointer
from deref.explorables.choices import picked, released
from deref.explorables.weights import pack
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.shared.book_weights import LEVELS
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask

TENSORS = """async (folder, { told, bytes }) => {
  const { Transformer } = await import(`${folder}/transformer.js`);
  const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const { tensors } = new Transformer(told, content.buffer);
  return Object.fromEntries([...tensors].map(([name, value]) => [name, [...value]]));
}"""


@pytest.mark.parametrize(("right", "place", "words"), [
    ([0.5, 0.995, 1.0], 1, "the first of 3 released seeds that answers more than 99% of questions rightly"),
    ([0.5, 0.99, 0.99], 1, "of 3 released seeds, none of which solves the task, the one that is right most often"),
    ([0.5], 0, "the only seed that is released"),
])
def test_the_first_seed_that_solves_is_picked_else_the_best(right, place, words):
    assert picked(range(len(right)), right) == (place, words)


def test_a_released_seed_is_the_one_that_answers():
    written, task = pointer(4)
    state = {name: torch.cat([torch.zeros_like(value), value]) for name, value in written.state_dict().items()}
    found = released("toy", "model T", task, Transformer.from_state(written.config, (5, 7), state))
    assert (found.member.seed, found.title, found.right, found.solved) == (7, "model T, seed 7", 1, True)
    told, _ = found.export(memory=[0, 1, 1, 0], address=1)
    assert told["why"] == ("Model T is shown by seed 7, the first of 2 released seeds that answers more than 99% of "
                           "questions rightly.")


def rounded(value: torch.Tensor) -> torch.Tensor:
    """A matrix as whole numbers of units of its rows."""
    units = (value.abs().amax(-1, keepdim=True) / LEVELS).half().float()
    return (value / units).round() * units


@pytest.mark.parametrize("matrices", [True, False])
def test_scripts_read_every_parameter_as_it_is(matrices):
    task = PointerTask(M=4)
    model = Transformer(ModelConfig(length=task.T, layers=2, heads=2, width=6, mlp=8), (3,))
    state = {name: rounded(value) if matrices and value.ndim == 3 else value
             for name, value in model.state_dict().items()}
    model = Transformer.from_state(model.config, (3,), state)
    coverage = attention_coverage(model, task, torch.tensor([[0, 1, 1, 0]]))
    told, content = pack(ShownMember(name="toy", task=task, model=model, seed=3, coverage=coverage, index=0))
    assert {name for name, place in told["tensors"].items() if "levels" in place} == {
        name for name, value in state.items() if matrices and value.ndim == 3}
    found = run(TENSORS, {"told": told, "bytes": base64.b64encode(content).decode()})
    for name, value in state.items():
        assert found[name] == value[0].flatten().tolist(), name
    numbers = sum(len(value) for value in found.values())
    assert (len(content) < 4 * numbers) == matrices
