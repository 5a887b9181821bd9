"""`publish`: put results on the page, with the records that other pages cite."""

from html import escape

from evidence.provenance.code import read_once
from evidence.records.format import count
from evidence.records.record import Record
from evidence.records.text import value_ci_text
from evidence.results.keys import ABSENT, RESULT
from evidence.results.provenance import record_of
from evidence.results.registry import matching
from evidence.results.shown import Shown, emit
from evidence.runs import Store, default_store
from evidence.unavailable import Absent


class Published(Shown):
    """Results that a cell has published.

    Args:
        records: what it published, in order.
    """

    def __init__(self, records: tuple[Record, ...]):
        self.records = records

    def __repr__(self) -> str:
        return "\n".join(map(_line, self.records))


def publish(*ids: str, store: Store | None = None) -> Published:
    """Compute results and publish them from this cell, one output each.

    Results that rest on something this machine cannot have are left out, and the cell says so.

    Args:
        *ids: of results that an imported module declares, or patterns such as "flip.*.addressed".
        store: of the runs; None is the process's own store.

    Returns:
        The published results, which the cell has already shown.

    Raises:
        ValueError: no ids, no such result, or its function returned no finite number.
    """
    if not ids:
        raise ValueError("expected the id of a result or more, got none")
    results = matching(*ids)  # all names are checked before anything is computed
    records, lacking = [], {}
    with read_once():  # every result asks for its runs, whose addresses hang on code
        for result in results:
            try:
                record = record_of(result, store or default_store())
            except Absent as reason:
                lacking[result.id] = reason
                continue
            emit({"text/plain": _line(record), "text/html": _card(record)}, {RESULT: record.to_json()})
            records.append(record)
    for text, reason in {str(why): why for why in lacking.values()}.items():
        say_absent([id for id, why in lacking.items() if str(why) == text], reason)
    return Published(tuple(records))


def say_absent(ids: list[str], reason: Absent) -> None:
    """Show in this cell that some results or figures are not in this build, and why.

    Args:
        ids: theirs.
        reason: what is lacking.
    """
    emit({"text/plain": f"Not in this build: {reason}."},
         {ABSENT: {"ids": ids, "why": str(reason), "again": reason.again}})


def _line(record: Record) -> str:
    return f"{record.id} = {_text(record)}"


def _card(record: Record) -> str:
    return (f'<div class="result-card"><code>{escape(record.id)}</code> <span>{escape(record.title)}</span>: '
            f"<strong>{escape(_text(record))}</strong></div>")


def _text(record: Record) -> str:
    return value_ci_text(record) + (f", {count(record.n, record.n_of)}" if record.n is not None else "")
