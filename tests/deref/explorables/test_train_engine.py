"""The page's own training against PyTorch: every gradient, and the curve for as long as rounding lets two agree."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from javascript import run

from deref.explorables.train_pointer import recipe
from deref.sections.ch06.layers.layers import one, one_norm, two
from deref.sections.shared.models import gather, gather_three, legible_8
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.trainer import mean_loss

TIGHT, ASKED = 1e-9, 1e-5  # relative; what 64-bit sums reach, and what 32-bit ones are asked for
FOLLOWS = 1e-3  # by how much two losses may differ and still be one curve
MODULES = """
  const { Parameters } = await import(`${folder}/train/parameters.js`);
  const { Trainer } = await import(`${folder}/train/trainer.js`);
  const starting = ({ recipe, values }) => {
    const trainer = new Trainer(recipe, 1);
    for (const [name, numbers] of Object.entries(values)) trainer.parameters.value(name).set(numbers);
    return trainer;
  };
"""
GRADIENTS = f"""async (folder, given) => {{ {MODULES}
  const trainer = starting(given), loss = trainer.lossOf(given.memories), {{ parameters }} = trainer;
  return {{ loss, logits: [...trainer.batch.logits],
    gradients: Object.fromEntries([...parameters.places.keys()].map((name) =>
      [name, [...parameters.gradient(name)]])) }};
}}"""
CURVE = f"""async (folder, given) => {{ {MODULES}
  const trainer = starting(given);
  return given.batches.map((memories) => trainer.advanceOn(memories));
}}"""
DIFFERENCES = f"""async (folder, given) => {{ {MODULES}
  const trainer = new Trainer(given.recipe, 3), {{ values, gradients, places }} = trainer.parameters;
  for (let i = 0; i < values.length; i += 1) values[i] += 0.3 * trainer.random.normal();
  trainer.lossOf(given.memories);
  const found = gradients.slice(), step = 1e-5;
  return [...places].map(([name, {{ start, count }}]) => {{
    const i = start + Math.floor(count / 2), saved = values[i];
    const [above, below] = [step, -step].map((by) => {{
      values[i] = saved + by;
      return trainer.lossOf(given.memories);
    }});
    values[i] = saved;
    return [name, found[i], (above - below) / (2 * step)];
  }});
}}"""
SIXTEEN = PointerTask(M=16)
CONFIGS = {
    "legible-8": legible_8.config, "gather": gather.config, "gather-three": gather_three.config,
    "one layer": one.config, "one layer, final norm": one_norm.config, "two layers, large positions": two.config,
    "16 cells": replace(gather.config, task=SIXTEEN, model=replace(gather.config.model, length=SIXTEEN.length)),
}


def start(config: TrainConfig, dtype: torch.dtype = torch.float64, noise: float = 0.2):
    """A model away from its start, where no bias is zero and no gain one, and what a script needs to have it too."""
    model = config.model.build((5,)).to(dtype)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(noise * torch.randn(parameter.shape, generator=generator).to(dtype))
    return model, {"recipe": recipe(config), "values": exported(model)}


def exported(model) -> dict[str, list[float]]:
    return {name: value.flatten().tolist() for name, value in model.state_dict().items()}


def apart(found: list[float], expected: torch.Tensor) -> float:
    """The largest difference, as a share of the largest number."""
    numbers = expected.detach().double().flatten().numpy()
    return float(np.abs(np.array(found) - numbers).max() / np.abs(numbers).max())


@pytest.mark.parametrize("name", CONFIGS)
def test_the_loss_and_every_gradient_are_pytorchs(name):
    config = CONFIGS[name]
    model, given = start(config)
    tokens, targets = config.task.sample(5, "trie", torch.Generator().manual_seed(1))
    layout = config.task.layout("trie")
    logits = model(tokens, layout)
    loss = mean_loss(logits, targets[None]).sum()
    loss.backward()
    given["recipe"]["batch"] = 5
    found = run(GRADIENTS, {**given, "memories": targets.flatten().tolist()})
    assert found["loss"] == pytest.approx(loss.item(), rel=TIGHT)
    assert apart(found["logits"], logits[0].transpose(0, 1)) < TIGHT
    expected = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert found["gradients"].keys() == expected.keys()
    largest = max(float(one.abs().max()) for one in expected.values())
    # A bias of keys moves all scores of a query alike, which a softmax does not see: its gradient is rounding.
    for key in [key for key in expected if key.endswith(".k.bias")]:
        assert np.abs(found["gradients"].pop(key)).max() < 1e-12 * largest
        assert expected.pop(key).abs().max() < 1e-12 * largest
    distances = {key: apart(values, expected[key]) for key, values in found["gradients"].items()}
    assert max(distances.values()) < TIGHT, distances


@pytest.mark.parametrize("name", CONFIGS)
def test_the_gradient_is_that_of_the_loss(name):
    config = CONFIGS[name]
    memories = torch.randint(0, 2, (3 * config.task.M,), generator=torch.Generator().manual_seed(8)).tolist()
    rows = run(DIFFERENCES, {"recipe": {**recipe(config), "batch": 3}, "memories": memories})
    assert len(rows) > 10
    for key, gradient, difference in rows:
        assert gradient == pytest.approx(difference, rel=1e-5, abs=1e-9), key


@pytest.mark.parametrize("name", ["legible-8", "gather"])
def test_the_curve_follows_the_books_training(name, capsys):
    config, steps = CONFIGS[name], 300
    batches, losses, values = [], {}, None
    for dtype in (torch.float32, torch.float64):
        trainer = config.trainer((5,))
        if dtype == torch.float64:
            trainer = double(config)
        values = values or exported(trainer.model)
        draw = trainer._batches.draw
        drawn: list[list[int]] = []

        def recorded(draw=draw, drawn=drawn):
            tokens, targets = draw()
            drawn.append(targets.flatten().tolist())
            return tokens, targets

        trainer._batches.draw = recorded
        losses[dtype] = []
        for _ in range(steps):
            trainer.advance()
            losses[dtype].append(trainer._loss.item())
        batches.append(drawn)
    assert batches[0] == batches[1]
    found = run(CURVE, {"recipe": recipe(config), "values": values, "batches": batches[0]})
    follows = {str(dtype): parted(found, curve) for dtype, curve in losses.items()}
    follows["float32 and float64"] = parted(*losses.values())
    with capsys.disabled():
        print(f"\n{name}: steps of {steps} until losses differ by {FOLLOWS:.1%}: {follows}")
    assert abs(found[0] / losses[torch.float32][0] - 1) < ASKED
    assert follows["torch.float64"] == steps
    assert follows["torch.float32"] >= 0.5 * follows["float32 and float64"] > 20


def double(config: TrainConfig):
    """The trainer of this configuration with 64-bit parameters."""
    from deref.train.trainer import Trainer

    return Trainer(config, config.model.build((5,)).double())


def parted(one, other) -> int:
    """The steps for which two curves are one."""
    far = np.abs(np.array(one) / np.array(other) - 1) > FOLLOWS
    return int(far.argmax()) if far.any() else len(far)
