"""Another processor, emulated by QEMU, for what must come out the same on every one."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from evidence import exact

PROGRAM = "qemu-x86_64"
PROCESSORS = {"EPYC-Rome": "an AMD of 2019", "Haswell": "the first Intel with AVX2, of 2013"}


def problem() -> str | None:
    """Why nothing can be emulated here, or None."""
    return None if shutil.which(PROGRAM) else f"expected {PROGRAM} (Debian's package qemu-user), found none"


def unable() -> str | None:
    """Why this machine cannot compute exactly, or None."""
    try:
        exact.check_machine()
    except exact.Inexact as error:
        return str(error)
    return None


def run(processor: str | None, arguments: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    """Run Python in a fresh exact process, on this machine's processor or on an emulated one.

    Args:
        processor: a name that QEMU knows, or None for the processor that is here.
        arguments: of the interpreter.
        timeout: seconds.
    """
    # The real interpreter and not the link to it in .venv, which QEMU does not follow as the kernel does.
    search = [str(Path(exact.__file__).parents[1]), sysconfig.get_path("purelib")]
    env = {**os.environ, **exact.environment(), "PYTHONPATH": os.pathsep.join(search)}
    emulator = [PROGRAM, "-cpu", processor] if processor else []
    return subprocess.run([*emulator, os.path.realpath(sys.executable), *arguments], env=env, capture_output=True,
                          text=True, timeout=timeout, check=False)
