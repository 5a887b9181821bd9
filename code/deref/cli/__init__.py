"""The command line: `deref …`, or `python -m deref …`."""

from deref.cli.commands import main

__all__ = ["main"]
