"""Which commands there are, and what becomes of their errors.

A command is a module with `main(arguments) -> exit status`, imported only when it is called.
"""

import argparse
import importlib
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evidence.files import StoreError, StoreWarning
from evidence.paths import from_outside
from evidence.runs import former

COMMANDS = {
    "train": ("deref.cli.train", "train the runs of experiments that are not in the store"),
    "runs": ("deref.cli.runs", "show what the run store holds, and remove what nothing needs"),
    "list": ("deref.cli.experiments", "list the experiments"),
    "sweep": ("deref.cli.sweep", "compute the record of a sweep anew"),
    "replicate": ("deref.cli.replicate", "run everything with other seeds, and compare what came of it"),
    "where": ("deref.cli.where", "find the function that computes a result"),
    "recompute": ("deref.cli.recompute", "compute many records again from the store, for builds"),
    "criteria": ("deref.cli.criteria", "record in which commit the criteria of claims first stand"),
    "verify": ("deref.cli.verify", "compute a published result again and compare"),
}

INTERRUPTED = 130
"""Exit status of a command that was interrupted, by the custom of shells."""
CUT_SHORT = 141
"""Exit status of a command whose reader went away, by the same custom."""


class Refused(ValueError):
    """Arguments that a command cannot work with: one line for whoever typed them."""


class Failed(RuntimeError):
    """What a command needs is not to be had: one line for whoever started it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None takes the process's own.

    Returns:
        Exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.
    """
    parser = argparse.ArgumentParser(
        prog="deref", formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n" + "\n".join(f"  {name:11}{about}" for name, (_, about) in COMMANDS.items())
        + "\n\n`deref COMMAND --help` says more.")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    with warnings_on_one_line():
        try:
            if said := former.move():
                print(f"deref: {said}", file=sys.stderr)
            return importlib.import_module(COMMANDS[given.command][0]).main(given.rest)
        except Refused as error:
            return _fail(error, 2)
        except (Failed, StoreError) as error:
            return _fail(error, 1)
        except KeyboardInterrupt:
            return _fail("interrupted", INTERRUPTED)
        except BrokenPipeError:  # whoever reads has seen enough, as in `deref runs | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains as it flushes
            return CUT_SHORT


def path_argument(text: str) -> Path:
    """A path of the command line, for argparse: absolute, with `~` expanded.

    Raises:
        ArgumentTypeError: it is no path.
    """
    try:
        return from_outside(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


@contextmanager
def warnings_on_one_line() -> Iterator[None]:
    """Say warnings without the line of code that they come from, and those of the store every time."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"deref: warning: {message}", file=sys.stderr)
        warnings.simplefilter("always", StoreWarning)
        yield


def _fail(message: object, status: int) -> int:
    print(f"deref: {message}", file=sys.stderr)
    return status
