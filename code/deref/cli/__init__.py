"""The command line: `deref …`, or `python -m deref …`."""

from deref.cli.commands import main
from evidence import vendor

__all__ = ["main"]

vendor.answer()  # each command imports PyTorch when it needs it, and none of them has by now
