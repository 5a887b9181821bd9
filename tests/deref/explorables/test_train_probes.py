"""What the page measures of a model in training is what the book's probes measure: accuracy, maps, recovery."""

import pytest
import torch
from javascript import run

from deref.explorables.train_pointer import recipe
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.shared.models import gather, legible_8
from deref.tasks.pointer import PointerTask

SCRIPT = """async (folder, { recipe, seed, steps }) => {
  const { Trainer } = await import(`${folder}/train/trainer.js`);
  const trainer = new Trainer(recipe, seed);
  for (let i = 0; i < steps; i += 1) trainer.advance();
  const { parameters, probes } = trainer, { accuracy, looks, recovery } = trainer.measure();
  const { told, bytes } = parameters.pack("yours");
  const { Transformer } = await import(`${folder}/transformer.js`);
  const { tokensOf } = await import(`${folder}/task.js`);
  return { accuracy, looks: [...looks], recovery, memories: probes.memories.map((one) => [...one]),
    traced: probes.traced.map((one) => [...one]),
    logits: [...new Transformer(told, bytes).run(tokensOf([...probes.memories[9]], 5, told.bits)).logits],
    values: Object.fromEntries([...parameters.places.keys()].map((name) => [name, [...parameters.value(name)]])) };
}"""


@torch.no_grad()
def at_the_address(model: Transformer, task: PointerTask, memories: torch.Tensor) -> float:
    """Mean recovery when all positions of the address are patched behind layer 1 at once, pairs with a gap above 1."""
    shares, layout = [], task.layout("flat")
    for address in range(task.M):
        other = memories.clone()
        other[:, address] ^= 1
        where = torch.full((len(memories),), address)
        entering = [model.read(task.tokens(one, where), layout, sites=["resid_pre"]).resid_pre[1]
                    for one in (memories, other)]
        patched = entering[1].clone()
        patched[:, :, task.M :] = entering[0][:, :, task.M :]
        bit = memories[:, address, None]
        clean, corrupted, back = (
            (logits.gather(1, bit) - logits.gather(1, 1 - bit))[:, 0]
            for logits in (model.from_layer(1, resid, layout)[0, :, 0] for resid in (*entering, patched)))
        kept = clean - corrupted > 1
        shares += ((back - corrupted) / (clean - corrupted))[kept].tolist()
    return sum(shares) / len(shares)


@pytest.mark.parametrize(("config", "seed", "steps"), [(gather.config, 3, 200), (legible_8.config, 8, 700)])
def test_the_probes_are_the_books(config, seed, steps):
    found = run(SCRIPT, {"recipe": recipe(config), "seed": seed, "steps": steps})
    shapes = {name: value.shape for name, value in config.model.build((0,)).state_dict().items()}
    state = {name: torch.tensor(numbers, dtype=torch.float64).view(shapes[name])
             for name, numbers in found["values"].items()}
    model = Transformer.from_state(config.model, (seed,), state).double()
    task, memories = config.task, torch.tensor(found["memories"])
    assert len(memories) == 256 and len(set(map(tuple, found["memories"]))) == 256
    assert found["accuracy"] == pytest.approx(float(accuracy(model, task, memories)))
    pattern = attention_coverage(model, task, memories).pattern[-1, 0].flatten()
    assert found["looks"] == pytest.approx(pattern.tolist(), abs=1e-6)
    traced = torch.tensor(found["traced"])
    trace = causal_trace(model, task, traced)
    rows = dict(zip(CLASSES, trace.by_class()[0, 1].tolist(), strict=True))
    assert len({*map(tuple, found["traced"])}) == 8
    assert found["recovery"]["cell"] == pytest.approx(rows["addressed cell"], abs=1e-6)
    assert found["recovery"]["address"] == pytest.approx(at_the_address(model, task, traced), abs=1e-6)
    logits = model(task.tokens(memories[9:10], torch.tensor([5])), task.layout("flat"))[0, 0, 0]
    assert found["logits"] == pytest.approx(logits.tolist(), rel=1e-5, abs=1e-4)  # 32-bit weights
