"""Golden hashes: what every kind of training and every probe of the book computes, as hashes of all its digits.

`golden.py` computes them in an exact process, where they come out the same on every processor, and prints them as JSON
(`--ordinary` computes them in a process as it comes). `golden.py --write` takes the configurations from today's
experiments and writes `golden.json`, with which the tests compare. A step of any batch takes the same code, so batches
are small and steps few; processors that are emulated are slow, so what takes 20 steps is hashed after two of them too.
"""

import argparse
import dataclasses
import hashlib
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1] / "support"))

import golden_probes

from deref import tasks
from deref import train as training
from evidence import exact
from evidence.config import from_json, to_json
from evidence.records.content import rounded
from evidence.runs.training import check_exact

FILE = Path(__file__).with_name("golden.json")
EARLY, LATE = 2, 20
SEEDS = (0, 1)
SHORT = {"batch": 4, "eval_every": EARLY, "eval_memories": 2}


def kind_of(config: Any) -> str:
    """What makes the training of two configurations take the same code: all that is not a size or a rate."""
    first = getattr(config, "first", None) or getattr(config, "train", config)
    model, task = first.model, first.task
    parts = [type(config).__name__, getattr(config, "variant", ""), getattr(config, "kind", ""), type(task).__name__,
             first.form, type(model).__name__, first.schedule]
    parts += [str(getattr(model, name, "")) for name in ("kind", "cell", "positions", "block_norm", "final_norm")]
    parts += [name for name, has in (("mlp", getattr(model, "mlp", 0)), ("clip", first.clip is not None),
                                     ("fixed", first.fixed_examples is not None), ("decay", first.weight_decay)) if has]
    return " ".join(filter(None, parts))


def short(config: Any) -> Any:
    """A configuration whose batches and evaluations are small, and whose stages are a few steps each."""
    if hasattr(config, "first"):
        first = dataclasses.replace(config.first, steps=1, **SHORT)
        then = tuple(dataclasses.replace(one, train=dataclasses.replace(one.train, steps=12, **SHORT))
                     for one in config.then)
        return dataclasses.replace(config, first=first, then=then)
    if hasattr(config, "train"):
        return dataclasses.replace(config, train=dataclasses.replace(config.train, stop_at=None, **SHORT))
    return dataclasses.replace(config, stop_at=None, **SHORT)


def trained(config: Any, late: bool) -> Iterable[tuple[str, str]]:
    """The hashes of a training after two steps, and after twenty if wanted: weights, and the history so far."""
    trainer = config.trainer(SEEDS)
    for name, steps in (("early", EARLY), *([("late", LATE - EARLY)] if late else [])):
        trainer.step_many(steps)
        digest = hashlib.sha256()
        for key, value in sorted(trainer.model.state_dict().items()):
            digest.update(key.encode() + value.numpy().tobytes())
        digest.update(json.dumps(trainer.history.to_json()).encode())
        yield name, digest.hexdigest()[:16]


def digest_of(value: Any) -> str:
    """Hash what a probe found, its numbers rounded as in records."""
    return hashlib.sha256(json.dumps(_plain(value)).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return repr(rounded(value))  # a text, since JSON has no infinity
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def subjects() -> dict[str, Any]:
    """One configuration of each kind that the book's experiments train, by the name of the experiment."""
    from deref import experiment as experiments

    chosen: dict[str, tuple[str, Any]] = {}
    for one in experiments.load_all():
        chosen.setdefault(kind_of(one.config), (one.name, one.config))
    large = experiments.get("large-32")
    return {**{name: short(config) for name, config in chosen.values()}, large.name: short(large.config)}


def stored() -> dict[str, Any]:
    """The configurations in golden.json; loads the modules that define their classes, and no experiments."""
    for package in (tasks, training):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return {name: from_json(config) for name, config in json.loads(FILE.read_text("utf-8"))["configs"].items()}


def without_compiler() -> None:
    """Keep PyTorch's optimiser from importing its compiler, which takes an emulated processor ten seconds and which
    nothing here uses."""
    compiler = ModuleType("torch._dynamo")
    compiler.disable, compiler.graph_break = lambda function, *_, **__: function, lambda: None
    sys.modules[compiler.__name__] = torch._dynamo = compiler


def main() -> None:
    """Compute the hashes that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="experiments, or \"probes\" (default: all)")
    parser.add_argument("--early", action="store_true", help="only what two steps make, and quick probes")
    parser.add_argument("--ordinary", action="store_true", help="in this process, exact or not")
    parser.add_argument("--write", action="store_true", help="write golden.json")
    given = parser.parse_args()
    if not given.ordinary:
        if not exact.is_exact():
            exact.check_machine()
            os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **exact.environment()})
        check_exact()
    torch.set_num_threads(1)
    if given.early:
        without_compiler()
    configs = subjects() if given.write else stored()
    wanted = given.names or [*configs, "probes"]
    hashes: dict[str, Any] = {name: dict(trained(configs[name], not given.early))
                              for name in wanted if name != "probes"}
    if "probes" in wanted:
        hashes["probes"] = {name: digest_of(value) for name, value in golden_probes.found(EARLY, given.early)}
    if given.write:
        found = {"configs": {name: to_json(config) for name, config in configs.items()}, "hashes": hashes}
        FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    else:
        print(json.dumps(hashes))


if __name__ == "__main__":
    main()
