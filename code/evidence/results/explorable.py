"""`explore`: put something to play with on the page, with the numbers that it runs on and a figure that stands in."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure

from evidence.records.record import check_id
from evidence.results.figure import Drawn, show
from evidence.results.keys import EXPLORABLE
from evidence.results.shown import emit
from evidence.unavailable import Absent

LIGHT, HEAVY = 200_000, 2_000_000
"""Bytes that an explorable may fetch at once (its scripts come on top of them), and with each thing that is chosen."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, eq=False)
class Explorable:
    """What a page needs to let its readers try something.

    Args:
        module: the script that runs it, by its name without ".js", such as "pointer-machine".
        data: what the script reads first; plain data for JSON.
        references: values that the script must reproduce, for tests in a browser; the page never fetches them.
        figure: the static figure, for print and for readers without scripts.
        table: what the figure shows, as for `deref.show`.
        weights: parameters in binary, by name.
        late: those of the weights that are fetched only when a reader asks for them, one at a time.
    """

    module: str
    data: Mapping[str, Any]
    references: Mapping[str, Any]
    figure: Figure
    table: Any
    weights: Mapping[str, bytes] = field(default_factory=dict)
    late: frozenset[str] = frozenset()


def explore(id: str, explorable: Explorable | Absent) -> Drawn:
    """Publish an explorable from this cell, together with its static figure, which has the same id.

    Args:
        id: lower case and dotted, such as "explore.pointer-machine".
        explorable: what to publish, its figure is closed; or why this build cannot have it, which is then said in its
            place.

    Returns:
        The published figure, which the cell has already shown.

    Raises:
        ValueError: an id or a name of another form, data that are no JSON, or more bytes than a reader should wait for.
    """
    if isinstance(explorable, Absent):
        return show(id, explorable, None)
    files = files_of(check_id(id), explorable)
    drawn = show(id, explorable.figure, explorable.table)
    emit({"text/plain": id}, {EXPLORABLE: {"id": id, "module": explorable.module, "files": {
        name: base64.b64encode(content).decode("ascii") for name, content in files.items()}}})
    return drawn


def files_of(id: str, explorable: Explorable) -> dict[str, bytes]:
    """Write the files that a page fetches.

    Args:
        id: of the explorable.
        explorable: what to write.

    Returns:
        "data.json", which lists the size and the SHA-256 of every binary file below "files", and which come "late";
        "references.json"; and one ".bin" for each of the weights.

    Raises:
        ValueError: as `explore`.
    """
    for name in (explorable.module, *explorable.weights):
        if not _NAME.fullmatch(name):
            raise ValueError(f"expected lower-case words, figures and hyphens as a name in {id}, got {name!r}")
    if unknown := explorable.late - explorable.weights.keys():
        raise ValueError(f"expected weights that {id} has among those that come late, got {', '.join(sorted(unknown))}")
    binary = {f"{name}.bin": content for name, content in explorable.weights.items()}
    late = {f"{name}.bin" for name in explorable.late}
    listed = {name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "late": name in late}
              for name, content in binary.items()}
    files = {"data.json": _json({**explorable.data, "files": listed}), **binary,
             "references.json": _json(explorable.references)}
    light = sum(len(content) for name, content in files.items() if name not in {*late, "references.json"})
    heavy = max((len(files[name]) for name in late), default=0)
    for size, limit, when in ((light, LIGHT, "at once"), (heavy, HEAVY, "on demand")):
        if size > limit:
            raise ValueError(f"expected {id} to fetch at most {limit:,} bytes {when}, got {size:,}")
    return files


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
