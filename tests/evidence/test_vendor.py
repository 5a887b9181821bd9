"""MKL told to choose by what a processor can do: the same products to the precision of floats, by other routines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evidence import exact, vendor

SOURCE = Path(__file__).parents[2] / "scripts" / "mkl_vendor.c"
PRODUCT = """
import sys
from pathlib import Path

from evidence import vendor

if sys.argv[1]:
    vendor.answer(Path(sys.argv[1]))

import torch

torch.set_num_threads(1)
random = torch.Generator().manual_seed(0)
one, other = torch.randn(300, 1500, generator=random), torch.randn(1500, 200, generator=random)
sys.stdout.buffer.write(torch.stack([one @ other, (one.double() @ other.double()).float()]).numpy().tobytes())
"""
LINES = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if sys.platform == "linux" else []
MAKER, FLAGS = (next((line.partition(":")[2].split() for line in LINES if line.startswith(name)), [])
                for name in ("vendor_id", "flags"))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if sys.platform != "linux" or not shutil.which("cc"):
        pytest.skip("needs Linux and a C compiler, as set-up does")
    path = tmp_path_factory.mktemp("vendor") / "mkl-vendor.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", path, SOURCE], check=True)
    return path


def products(library="", **env):
    """A product of 32-bit floats, and the same of 64-bit ones, from a process of its own."""
    bare = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", *exact.environment())}
    done = subprocess.run([sys.executable, "-c", PRODUCT, library], env={**bare, **env}, check=True,
                          stdout=subprocess.PIPE)
    return np.frombuffer(done.stdout, np.float32).reshape(2, 300, 200)


def test_products_are_as_precise_and_of_other_routines_on_amd_alone(library):
    alone, within, preloaded = products(), products(str(library)), products(**vendor.environment(library))
    for found, truth in (alone, within, preloaded):
        assert np.abs(found - truth).max() < 1e-6 * np.abs(truth).max() * np.sqrt(1500)
    assert np.array_equal(within, preloaded)
    if MAKER == ["GenuineIntel"]:
        assert np.array_equal(alone, within)
    if MAKER == ["AuthenticAMD"] and "avx512f" in FLAGS:
        assert not np.array_equal(alone[0], within[0])


@pytest.mark.skipif("avx2" not in FLAGS, reason="exact processes need AVX2")
def test_the_settings_of_exact_processes_give_the_same_bits_with_it(library):
    """As exact ones do not load it, a process that has their settings and is none."""
    assert np.array_equal(products(**exact.environment()), products(str(library), **exact.SETTINGS))


def test_without_a_library_or_with_a_broken_one_nothing_changes(tmp_path):
    broken = tmp_path / "mkl-vendor.so"
    broken.write_text("not a library", "utf-8")
    vendor.answer(broken)
    vendor.answer(tmp_path / "none.so")
    assert vendor.environment(tmp_path / "none.so") == {}


def test_libraries_that_are_preloaded_already_stay_and_it_is_named_once(tmp_path, monkeypatch):
    library = tmp_path / "mkl-vendor.so"
    library.touch()
    monkeypatch.setenv("LD_PRELOAD", f"one.so {library}:two.so")
    assert vendor.environment(library) == {"LD_PRELOAD": f"{library}:one.so:two.so"}
    beside = tmp_path / "a folder" / "mkl-vendor.so"
    beside.parent.mkdir()
    beside.touch()
    assert vendor.environment(beside) == {}
