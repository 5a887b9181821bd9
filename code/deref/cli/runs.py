"""`deref runs`: what the run store holds, and what may go."""

import argparse
from collections.abc import Sequence
from typing import Any

from deref import sweep as sweeps
from deref.cli.commands import Refused
from deref.cli.declarations import declarations
from deref.experiment import load_all
from deref.progress import duration
from evidence.location import default_root
from evidence.runs.content import check_facts
from evidence.runs.inventory import Item, items, prune
from evidence.runs.store import Store

KINDS = {"checkpoint": "unfinished", "aside": "set aside, damaged", "work": "half written"}


def main(arguments: Sequence[str]) -> int:
    """Show the store, and with --prune delete what no experiment refers to."""
    parser = argparse.ArgumentParser(prog="deref runs", description="Show what the run store holds.")
    parser.add_argument("--prune", action="store_true", help="delete runs and checkpoints that no experiment refers "
                        "to, what was set aside as damaged, and what was left half written")
    parser.add_argument("--all", action="store_true", help="with --prune: delete everything")
    given = parser.parse_args(arguments)
    if given.all and not given.prune:
        raise Refused("expected --all together with --prune")
    root, names = default_root(), _names()
    if given.prune:
        gone = prune(root, () if given.all else names)
        for item in gone:
            print(f"deleted {_row(item, names)}")
        print(f"{_size(sum(item.size for item in gone))} deleted from {root}")
    else:
        for item in items(root):
            print(_row(item, names))
    left = items(root)
    print(f"{len(left)} {'entry' if len(left) == 1 else 'entries'}, {_size(sum(item.size for item in left))} in {root}")
    return 0


def _names() -> dict[str, str]:
    """The names of experiments by the addresses of their runs, of all devices and exact ones; two may share a run.

    Sweeps that are kept as they end count too: hours of training are not to go with what nobody needs.
    """
    names: dict[str, str] = {}
    with declarations():
        every = list(load_all())
        every += [one for part in sweeps.load_all() if part.partial for one in part.experiments if one not in every]
    stores = [Store(device="cpu", exact=False), Store(device="cuda", exact=False), Store(device="cpu", exact=True)]
    for one in every:
        for store in stores:
            address = store.address(one.config, one.seeds)
            names[address] = f"{names[address]}, {one.name}" if address in names else one.name
    return names


def _row(item: Item, names: dict[str, str]) -> str:
    name = names.get(item.address, f"{item.address[:12]} (no experiment)")
    return f"{name:28}  {_size(item.size):>9}  {KINDS.get(item.kind) or _trained(item.about)}"


def _trained(about: dict[str, Any]) -> str:
    """How a run was trained, by facts that may be anything."""
    try:
        check_facts(about)
    except ValueError:
        return "unreadable"
    return f"{len(about['seeds'])} seeds, trained in {duration(about['wall_s'])}"


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"
