"""What a process has set changes no number of a run, none of what is kept, and is given back afterwards."""

from contextlib import ExitStack, contextmanager

import pytest
import torch

from deref.model.config import ModelConfig
from deref.tasks import layout as layouts
from deref.tasks.addition import AdditionTask
from deref.tasks.cross_attention import CrossingTask
from deref.tasks.hops import HopsTask
from deref.tasks.induction import InductionTask
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.trainer import train
from evidence.results import mean_t, registry, result
from evidence.results.provenance import record_of
from evidence.runs import Store
from evidence.runs.settings import fixed

TASK = PointerTask(M=3)
CONFIG = TrainConfig(task=TASK, model=ModelConfig(length=TASK.length, layers=1, heads=1, width=4, mlp=4), steps=3,
                     batch=4, eval_every=2)
SEEDS = (0, 1)


@contextmanager
def setting(write, value, before):
    write(value)
    try:
        yield
    finally:
        write(before)


def precision(where, value):
    return setting(lambda one: setattr(where, "fp32_precision", one), value, where.fp32_precision)


SETTINGS = {
    "inference": torch.inference_mode,
    "no gradients": torch.no_grad,
    "float64": lambda: setting(torch.set_default_dtype, torch.float64, torch.float32),
    "bfloat16": lambda: setting(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "medium": lambda: setting(torch.set_float32_matmul_precision, "medium", "highest"),
    "reduced": lambda: precision(torch.backends, "tf32"),
    "bfloat16 products": lambda: precision(torch.backends.mkldnn.matmul, "bf16"),
    "deterministic": lambda: setting(torch.use_deterministic_algorithms, True, False),
    "flushed": lambda: setting(torch.set_flush_denormal, True, False),
    "no oneDNN": lambda: setting(lambda one: setattr(torch.backends.mkldnn, "enabled", one), False, True),
    "no fused attention": lambda: setting(torch.backends.cuda.enable_flash_sdp, False, True),
    "meta": lambda: torch.device("meta"),
    "threads": lambda: setting(torch.set_num_threads, 2, torch.get_num_threads()),
}


def state():
    return (torch.get_default_dtype(), torch.is_grad_enabled(), torch.is_inference_mode_enabled(),
            torch.is_autocast_enabled("cpu"), torch.backends.fp32_precision,
            torch.backends.mkldnn.matmul.fp32_precision,
            torch.backends.cuda.matmul.fp32_precision, torch.get_deterministic_debug_mode(), torch.get_default_device(),
            torch.get_num_threads(), torch.backends.cuda.flash_sdp_enabled(), torch.backends.mkldnn.enabled,
            bool(torch.tensor(5e-324, dtype=torch.float64, device="cpu") * 1 == 0))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return {path.name: path.read_bytes() for path in
            Store(tmp_path_factory.mktemp("plain"), device="cpu").run(CONFIG, SEEDS).path.iterdir()}


@pytest.fixture(autouse=True)
def forget_layouts():
    for kept in (layouts.trie, layouts.flat, layouts.trie_prefixes):
        kept.cache_clear()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_is_the_same_whatever_is_set(tmp_path, plain, name):
    with ExitStack() as stack:
        stack.enter_context(SETTINGS[name]())
        before = state()
        if name != "meta":
            TASK.layout("trie")
        run = Store(tmp_path, device="cpu").run(CONFIG, SEEDS)
        assert state() == before
    for file in ("weights.safetensors", "history.json"):
        assert (run.path / file).read_bytes() == plain[file]
    assert {one.dtype for one in run.model.parameters()} == {torch.float32}
    assert not any(one.is_inference() for one in run.model.parameters())


def test_results_are_computed_with_the_same_settings(tmp_path):
    @result("toy.settings", title="A sum in single precision", format=".9f")
    def total(store):
        return mean_t([float(torch.tensor([0.1]).sum()), float(torch.ones(1) / 3), 0.5])

    try:
        values = set()
        for name in SETTINGS:
            with SETTINGS[name]():
                values.add(record_of(registry.get("toy.settings"), Store(tmp_path, device="cpu")).value)
        assert len(values) == 1
    finally:
        del registry._REGISTRY["toy.settings"]


def test_settings_are_given_back_after_an_error():
    with SETTINGS["float64"](), SETTINGS["medium"](), SETTINGS["autocast"]():
        before = state()
        with pytest.raises(KeyError), fixed(threads=2):
            assert state() != before
            raise KeyError
        assert state() == before


LAYOUTS = [TASK, HopsTask(M=4, hops=(1,)), InductionTask(first=4, passage=2, offsets=(0, 1), vocab=9),
           AdditionTask(digits=2), CrossingTask(M=3, address="spelled", source="cross")]


@pytest.mark.parametrize("task", LAYOUTS, ids=lambda task: type(task).__name__)
def test_what_is_kept_does_not_depend_on_who_asked_first(task):
    for form in task.forms:
        for kept in (layouts.trie, layouts.flat, layouts.trie_prefixes):
            kept.cache_clear()
        with torch.inference_mode(), torch.device("meta"):
            layout = task.layout(form)
        assert not any(part.is_inference() for part in (layout.positions, layout.mask, layout.readouts))
        assert layout.mask.device == torch.device("cpu")


def test_training_by_hand_inside_inference_mode():
    with torch.inference_mode():
        TASK.layout("trie")
        inside = train(CONFIG, SEEDS)
    with torch.no_grad():
        other = train(CONFIG, SEEDS)
    assert torch.equal(inside.model.token, other.model.token)
    train(CONFIG, SEEDS)
