"""`--exact`: a command that goes on in an exact process, one that computes the same bits on every processor.

A command adds the option with `add_option`, and calls `enter` with its own name and arguments before it does anything
else: the process is then replaced by an exact one that runs the same command, unless it is one already.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from deref.cli.commands import Refused
from evidence.exact import Inexact, check_environment, check_machine, environment, is_exact


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add --exact to a command's parser."""
    parser.add_argument("--exact", action="store_true", help="compute the same bits as on every x86-64 processor with "
                        "AVX2, in about twice the time; exact runs have addresses of their own")


def enter(command: str, arguments: Sequence[str]) -> None:
    """Go on in an exact process: returns only inside one.

    Args:
        command: the command's name, such as "train".
        arguments: all of its arguments, --exact among them or not.

    Raises:
        Refused: this machine cannot compute exactly, or this process claims to be exact and is not.
    """
    try:
        if is_exact():
            return check_environment()
        check_machine()
    except Inexact as error:
        raise Refused(str(error)) from None
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", "deref", command, *arguments], {**os.environ, **environment()})
