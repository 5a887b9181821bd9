"""Time until M = 32 is solved: trie batches, against the same model on independent examples in a plain loop."""

import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from subjects import wide
from timing import Row

from deref.model.transformer import Transformer
from deref.train.batches import HeldOut, stream
from deref.train.config import TrainConfig

SOLVED = 0.99
CAP = 21  # give the plain loop up after this many times what trie batches took
SEED = 0


def measure() -> Iterator[Row]:
    """Train both to a held-out accuracy of 0.99; both draw the same number of tokens a step, within one sequence."""
    config = wide(32, lr=1e-3, warmup=500, eval_every=50, eval_memories=64, stop_at=SOLVED)
    trainer = config.trainer((SEED,))
    start = time.process_time()
    while not trainer.done:
        trainer.advance()
    fast = time.process_time() - start
    yield Row(what=f"trie batches: to accuracy {SOLVED}", value=f"{fast:.0f} s, {trainer.step} steps")

    trie, flat = (config.task.layout(form).size for form in ("trie", "flat"))
    slow, steps, accuracy = plain_loop(config, batch=config.batch * trie // flat, cap_s=CAP * fast)
    yield Row(what="independent examples: the same", value=f"{slow:.0f} s, {steps} steps, accuracy {accuracy:.3f}")
    bound = "" if accuracy >= SOLVED else "more than "
    yield Row(what="time to accuracy, independent / trie", value=f"{bound}{slow / fast:.1f}", goal="at least 20")


def plain_loop(config: TrainConfig, batch: int, cap_s: float) -> tuple[float, int, float]:
    """Train on independent examples as one would first write it; seconds, steps and the accuracy reached."""
    task, generator = config.task, stream(SEED, "plain loop")
    model, layout, held_out = Transformer(config.model, (SEED,)), task.layout("flat"), HeldOut(config, "cpu")
    adam = torch.optim.Adam(model.parameters(), lr=config.lr, betas=config.betas)
    steps, accuracy, start = 0, 0.0, time.process_time()
    while accuracy < SOLVED and time.process_time() - start < cap_s:
        steps += 1
        adam.param_groups[0]["lr"] = config.lr * min(1, steps / config.warmup)
        tokens, targets = task.sample(batch, "flat", generator)
        loss = F.cross_entropy(model(tokens, layout)[0, :, 0], targets[:, 0])
        adam.zero_grad()
        loss.backward()
        adam.step()
        if steps % 200 == 0:
            accuracy = held_out.accuracy(model).item()
    return time.process_time() - start, steps, accuracy
