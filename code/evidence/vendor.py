"""Matrix products at a processor's own speed, whoever made it.

MKL, which multiplies matrices for PyTorch, uses AVX-512 where the processor says that Intel made it; on an AMD
processor that has AVX-512 as well it takes AVX2, and twice the time. It learns the maker from one function, and the
loader gives it the first function of that name that it finds. So a library that has this function, loaded before
PyTorch is, lets MKL choose by what the processor can do. Products stay those of 32-bit floats; their last bits are
those of Intel's processors then.

`scripts/setup.sh` compiles the library, where there is a C compiler. Without it everything works as MKL has it. Exact
processes leave MKL no choice, whoever made the processor (see `evidence.exact`).
"""

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

from evidence import exact

LIBRARY = Path(sys.prefix, "lib", "mkl-vendor.so")


def answer(library: Path = LIBRARY) -> None:
    """Let MKL choose by what the processor can do, in this process, unless it is exact or has imported PyTorch.

    Args:
        library: has the function; without one, or with one for other machines, nothing changes.
    """
    if library.exists() and not exact.is_exact():
        with suppress(OSError):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def environment(library: Path = LIBRARY) -> dict[str, str]:
    """What the environment of a process holds, beside everything else, in which MKL is to choose so.

    Args:
        library: has the function.
    """
    if not library.exists() or " " in str(library):  # a space parts two libraries there, and nothing quotes it
        return {}
    others = [name for name in os.environ.get("LD_PRELOAD", "").replace(":", " ").split() if name != str(library)]
    return {"LD_PRELOAD": ":".join([str(library), *others])}
