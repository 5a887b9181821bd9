"""Cuts by the site's own scripts beside PyTorch's, on a model of three layers with MLPs."""

import base64

import pytest
import torch
from javascript import run

from deref.explorables.cuts import cut_cases, questions
from deref.explorables.weights import mean_heads, pack
from deref.model.config import ModelConfig
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.means import means_of
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.shared.models import ShownMember
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=4)
MARGINS = """async (folder, { told, bytes, memory, address, cases }) => {
  const { Transformer } = await import(`${folder}/transformer.js`);
  const { cutsFor } = await import(`${folder}/cuts.js`);
  const { marginOf, tokensOf } = await import(`${folder}/task.js`);
  const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const model = new Transformer(told, content.buffer), nodes = { cell: address, readout: told.cells + told.bits - 1 };
  const margin = (cuts, instead) => marginOf(model.run(tokensOf(memory, address, told.bits), undefined,
    cutsFor(cuts, instead, told.config, nodes)).logits, memory[address]);
  return { alone: cases.map(({ cut, instead }) => margin([cut], instead)), whole: margin([], "zero"),
    both: margin(["1.1", "1.1-3.q.readout"], "mean"), first: margin(["1.1"], "mean") };
}"""


def member() -> ShownMember:
    """A model whose random weights are large enough for every part to matter."""
    config = ModelConfig(length=TASK.length, layers=3, heads=2, width=16, mlp=24, token_std=1.0, position_std=1.0)
    model = Transformer(config, (3,))
    coverage = attention_coverage(model, TASK, torch.tensor([[0, 1, 1, 0]]))
    return ShownMember(name="toy-4", task=TASK, model=model, seed=3, coverage=coverage, index=0)


def test_scripts_cut_heads_and_edges_of_three_layers_as_pytorch_does():
    chosen, memory, address = member(), [0, 1, 1, 0], 2
    cases = cut_cases(chosen, torch.tensor(memory), address)
    told, content = pack(chosen)
    found = run(MARGINS, {"told": told, "bytes": base64.b64encode(content).decode(), "memory": memory,
                          "address": address, "cases": cases})
    assert found["alone"] == pytest.approx([one["margin"] for one in cases], abs=1e-4)
    moved = {one["cut"]: abs(margin - found["whole"]) for one, margin in zip(cases, found["alone"], strict=True)}
    assert {cut for cut, by in moved.items() if by < 1e-5} <= {
        f"{layer}.{head}-3.q.cell" for layer in (1, 2) for head in (1, 2)}, "the last layer's answer is the readout's"
    assert found["both"] == pytest.approx(found["first"], abs=1e-9), "what is cut has nothing left to send"


def test_the_exported_means_are_those_of_the_flat_form():
    chosen = member()
    for layer, mean in enumerate(mean_heads(chosen)):
        site = Site("z", layer)
        flat = means_of(chosen.model, questions(TASK), TASK.layout("flat"), [site])[site][0, 0]
        assert torch.allclose(mean, flat.transpose(0, 1).flatten(1), atol=1e-5)
