"""What a cell publishes: an output whose metadata hold the record, where a cache of executed cells keeps it."""

import sys
from typing import Any


def emit(data: dict[str, str], metadata: dict[str, Any]) -> None:
    """Show something in the cell that runs, now; outside a notebook nothing happens.

    Args:
        data: representations by type.
        metadata: of the output.
    """
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython
    from IPython.display import publish_display_data

    if get_ipython() is not None:
        publish_display_data(data, metadata)


class Shown:
    """Something that a cell has shown already, wherever in the cell that was: in a loop as well as on the last line.

    So a notebook that is asked to display it displays nothing more, and no record travels twice.
    """

    def _ipython_display_(self) -> None:
        pass
