"""A checkpoint: the state of an unfinished training, in one file that is replaced whole.

The file is in the safetensors format: the trainer's tensors, and in the metadata the rest of its state as JSON, the
address of the run, the seconds it took so far, and a checksum over all of these.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence.files import write_file
from evidence.reading import Irregular, check_regular, parse_json
from evidence.runs.content import is_number
from evidence.runs.entry import Damaged

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What an interrupted training needs to go on.

    Args:
        address: address of the run it belongs to.
        tensors: the trainer's tensors by name.
        state: the rest of the trainer's state, JSON data.
        wall_s: seconds of training so far.
    """

    address: str
    tensors: Mapping[str, "Tensor"]
    state: Any
    wall_s: float


def write(path: Path, checkpoint: Checkpoint, work: Path) -> None:
    """Replace a checkpoint's file at once.

    Args:
        path: the file.
        checkpoint: what it is to hold.
        work: a directory on the same file system for files being written.

    Raises:
        OSError: it cannot be written; the checkpoint before is still there.
    """
    from safetensors.torch import save

    tensors = detached(checkpoint.tensors)
    about = json.dumps({"address": checkpoint.address, "state": checkpoint.state, "wall_s": checkpoint.wall_s})
    # Serialised in memory and written by us: safetensors' own file writer reports a full disk as an error of its own.
    write_file(path, save(tensors, metadata={"about": about, "sha256": _checksum(about, tensors)}), work)


def read(path: Path, address: str) -> Checkpoint:
    """Read a checkpoint and check it.

    Raises:
        Damaged: it is not a checkpoint of that run as it was written.
        OSError: the operating system refuses to read it.
    """
    from safetensors import SafetensorError, safe_open

    try:
        check_regular(path)
    except (Irregular, IsADirectoryError, FileNotFoundError):  # the last is a link that leads nowhere
        raise Damaged("it is no regular file") from None
    with path.open("rb"):  # an unreadable file is the operating system's affair, not damage
        pass
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
    except (SafetensorError, ValueError) as error:
        raise Damaged(f"it is no safetensors file: {error}") from None
    about = metadata.get("about", "")
    if metadata.get("sha256") != _checksum(about, tensors):
        raise Damaged("it does not have its checksum: it was altered")
    state, wall_s = _state(about, address)
    return Checkpoint(address=address, tensors=tensors, state=state, wall_s=wall_s)


def _state(about: str, address: str) -> tuple[Any, float]:
    """The state of the trainer and the seconds of training, of a checkpoint's metadata."""
    try:
        fields = parse_json(about)
    except ValueError as error:
        raise Damaged(f"what it says about itself is not JSON: {error}") from None
    if not isinstance(fields, dict) or set(fields) != {"address", "state", "wall_s"}:
        raise Damaged("it does not say which run it belongs to, in which state and after how long")
    if fields["address"] != address:
        raise Damaged("it belongs to another run")
    if not is_number(fields["wall_s"]) or fields["wall_s"] < 0:
        raise Damaged("it does not say how long the training took so far")
    return fields["state"], fields["wall_s"]


def detached(tensors: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """Copies of tensors as safetensors wants them: on the CPU, contiguous, no two sharing memory."""
    import torch

    return {name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
            for name, tensor in tensors.items()}


def _checksum(about: str, tensors: Mapping[str, "Tensor"]) -> str:
    import torch

    total = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return total.hexdigest()
