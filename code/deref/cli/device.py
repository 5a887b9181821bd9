"""The device that a command trains on: a class that there is, and a GPU only where PyTorch can use one."""

from deref.cli.commands import Refused
from evidence.runs.address import device_class
from evidence.runs.store import Store

NO_GPU = "expected a GPU that PyTorch can use, found none here"


def store_of(device: str | None = None) -> Store:
    """The store of the runs that a command is about.

    Args:
        device: a class of device; None asks the environment, as stores do.

    Raises:
        Refused: the environment's DEREF_DEVICE is no class of device, or a GPU is asked for exact runs.
    """
    try:
        return Store(device=device)
    except ValueError as error:
        raise Refused(f"{error}{'' if device else ' (DEREF_DEVICE)'}") from None


def lacks_gpu(store: Store) -> bool:
    """Whether a store's runs are those of a GPU and this machine could not train them."""
    return store.device == "cuda" and device_class("auto") != "cuda"
