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


@pytest.mark.parametrize(("config", "seed", "steps"), [(gather.config, 3, 200), (legible_8.config, 1, 1200)])
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
    trace = causal_trace(model, task, torch.tensor(found["traced"]))
    rows = dict(zip(CLASSES, trace.by_class()[0, 1].tolist(), strict=True))
    print(trace.by_class())
    assert found["recovery"]["cell"] == pytest.approx(rows["addressed cell"], abs=1e-6)
    assert found["recovery"]["readout"] == pytest.approx(rows["readout"], abs=1e-6)
    logits = model(task.tokens(memories[9:10], torch.tensor([5])), task.layout("flat"))[0, 0, 0]
    assert found["logits"] == pytest.approx(logits.tolist(), rel=1e-5, abs=1e-4)  # 32-bit weights
