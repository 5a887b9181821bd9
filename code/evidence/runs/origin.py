"""Where a run comes from: the machine and the versions it was made with."""

import importlib.metadata
import os
import platform
import tomllib
from pathlib import Path

from evidence.provenance import source

PACKAGES = ("torch", "numpy", "deref")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers may depend on, by name."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def hardware(device: str) -> str:
    """Describe the processor that training runs on, in a few words.

    Args:
        device: "cpu" or "cuda".
    """
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    return f"{processor()}, {os.cpu_count()} cores"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        project = source.CODE.parent / "pyproject.toml"
        if name != "deref" or not project.exists():
            raise
        return tomllib.loads(project.read_text("utf-8"))["project"]["version"]  # a checkout that was not installed


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8", "replace").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
