"""Exact runs: a process that computes the same bits on every x86-64 processor with AVX2.

The libraries choose among versions of their routines by the processor that they find, and the versions round
differently. The settings below leave each library one choice that every such processor has. Libraries read them when
they are loaded, so they stand in a process's environment from its start: whoever wants an exact process starts one,
with `environment()`. The variable DEREF_EXACT says that a process is one, and `evidence.runs.training.check_exact` that
the rest is really so.

MKL's own setting for this, MKL_CBWR=AVX2, is not enough: its exponentials, its logarithms and the products inside fused
attention still differ between Intel and AMD. Other architectures and GPUs have other arithmetic; there the book makes
replications.
"""

import os
import platform
import sys
from pathlib import Path

SWITCH = "DEREF_EXACT"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
SETTINGS = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels
    "MKL_CBWR": "COMPATIBLE",  # PyTorch's matrix products and decompositions, exponentials and logarithms
    "ONEDNN_MAX_CPU_ISA": "SSE41",  # what PyTorch leaves to oneDNN
    "OPENBLAS_CORETYPE": "Haswell",  # matrix products of NumPy and SciPy
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",  # all that NumPy 2.4 would choose among
    **ONE_THREAD,  # how a sum is shared among threads is part of its rounding
}
NEEDED = ("avx2", "fma")
ELSEWHERE = "other architectures and GPUs make replications, without --exact or EXACT=1"


class Inexact(ValueError):
    """This process or this machine does not compute exactly; the message says why, in one line."""


def is_exact() -> bool:
    """Whether this process was started as an exact one."""
    return os.environ.get(SWITCH, "0") not in ("", "0")


def environment() -> dict[str, str]:
    """What the environment of an exact process holds beside everything else."""
    return {SWITCH: "1", **SETTINGS}


def described() -> str:
    """The settings and the C library, whose exponentials are used too, as one line."""
    library = " ".join(filter(None, platform.libc_ver())) or "an unknown C library"
    return "; ".join([library, *(f"{name}={value}" for name, value in SETTINGS.items())])


def check_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Make sure that this machine can run exact processes.

    Raises:
        Inexact: it is no Linux machine with an x86-64 processor that has AVX2 and FMA.
    """
    found = f"{platform.machine()} on {platform.system()}"
    if sys.platform == "linux" and platform.machine() == "x86_64":
        lines = cpuinfo.read_text("utf-8", "replace").splitlines() if cpuinfo.exists() else []
        flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), [])
        lacking = [name for name in NEEDED if name not in flags]
        if not lacking:
            return
        found += f" without {' and '.join(lacking)}"
    raise Inexact(f"expected an x86-64 processor with AVX2 under Linux for exact runs, got {found}: {ELSEWHERE}")


def check_environment() -> None:
    """Make sure that this machine can run exact processes and that this process was started as one.

    Raises:
        Inexact: one of these is not so.
    """
    check_machine()
    for name, value in environment().items():
        if os.environ.get(name) != value:
            raise Inexact(f"expected {name}={value} in the environment of an exact process, "
                          f"got {os.environ.get(name)!r}: start it with --exact or EXACT=1")
