"""What a cell publishes: an output whose metadata hold the record, where a cache of executed cells keeps it."""

import sys
from typing import Any


def emit(data: dict[str, str], metadata: dict[str, Any]) -> None:
    """Show something in the cell that runs, now; outside a notebook nothing happens.

    Args:
        data: representations by type.
        metadata: of the output.
    """
    if notebook() is not None:
        from IPython.display import publish_display_data

        publish_display_data(data, metadata)


def notebook() -> Any:
    """The interactive shell that runs this code; None in a plain program."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


class Shown:
    """Something that a cell has shown already, wherever in the cell that was: in a loop as well as on the last line.

    So a notebook that is asked to display it displays nothing more, and no record travels twice.
    """

    def _ipython_display_(self) -> None:
        pass
