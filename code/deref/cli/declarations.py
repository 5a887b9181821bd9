"""Declarations: modules of experiments as a command loads them, and what is wrong with one in a single line."""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from deref.cli.commands import Refused


@contextmanager
def declarations() -> Iterator[None]:
    """Say where a declaration is wrong; import modules of experiments within this.

    Whoever adds an experiment meets these errors first, and knows the line that they typed better than the ones that
    it led to.

    Raises:
        Refused: a declaration refused its values, such as a name that is taken or a seed that is given twice.
    """
    try:
        yield
    except Refused:
        raise
    except ValueError as error:
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == "<module>"]
        if not lines:
            raise
        raise Refused(f"{os.path.relpath(lines[-1].filename)}:{lines[-1].lineno}: {error}") from None
