"""`deref runs`: what the run store holds, what may go, and what is taken along or brought."""

import argparse
from collections.abc import Sequence
from typing import Any

from deref import sweep as sweeps
from deref.cli import bundles
from deref.cli.commands import Refused, path_argument
from deref.cli.declarations import declarations
from deref.experiment import load_all
from deref.progress import duration, size_text
from evidence.location import default_root
from evidence.provenance.code import read_once
from evidence.runs.content import check_facts
from evidence.runs.inventory import Item, items, prune

KINDS = {"checkpoint": "unfinished", "aside": "set aside, damaged", "work": "half written"}


def main(arguments: Sequence[str]) -> int:
    """Show the store, and with --prune delete what no experiment refers to."""
    parser = argparse.ArgumentParser(prog="deref runs", description="Show what the run store holds.")
    parser.add_argument("--prune", action="store_true", help="delete runs and checkpoints that no experiment refers "
                        "to, what was set aside as damaged, and what was left half written")
    parser.add_argument("--all", action="store_true", help="with --prune: delete everything")
    parser.add_argument("--export", type=path_argument, metavar="FILE", help="write runs into one file: those behind "
                        "the book built here, or behind what --of or names say")
    parser.add_argument("--of", metavar="VERSION", help="with --export: the runs behind the results of this release")
    parser.add_argument("names", nargs="*", metavar="NAME", help="with --export: names of experiments")
    parser.add_argument("--import", type=path_argument, dest="bring", metavar="FILE",
                        help="take the runs of such a file into the store, each checked; what is there stays")
    given = parser.parse_args(arguments)
    if given.all and not given.prune:
        raise Refused("expected --all together with --prune")
    if sum(map(bool, (given.prune, given.export, given.bring))) > 1:
        raise Refused("expected one of --prune, --export and --import")
    if (given.of or given.names) and not given.export:
        raise Refused("expected --of and names of experiments together with --export")
    if given.of and given.names:
        raise Refused("expected --of VERSION or names of experiments, and not both")
    root = default_root()
    if given.bring:
        return bundles.bring(given.bring, root)
    if given.export:
        return bundles.export(given.export, root, given.of, given.names)
    names = _names()
    if given.prune:
        gone = prune(root, () if given.all else names)
        for item in gone:
            print(f"deleted {_row(item, names)}")
        print(f"{size_text(sum(item.size for item in gone))} deleted from {root}")
    else:
        for item in items(root):
            print(_row(item, names))
    left = items(root)
    size = size_text(sum(item.size for item in left))
    print(f"{len(left)} {'entry' if len(left) == 1 else 'entries'}, {size} in {root}")
    return 0


def _names() -> dict[str, str]:
    """The names of experiments by the addresses of their runs, of all devices and exact ones; two may share a run.

    Sweeps that are kept as they end count too: hours of training are not to go with what nobody needs.
    """
    names: dict[str, str] = {}
    with declarations():
        every = list(load_all())
        every += [one for part in sweeps.load_all() if part.rows_by for one in part.experiments if one not in every]
    stores = bundles.stores()
    with read_once():
        for one in every:
            for address in {store.address(one.config, one.seeds) for store in stores}:
                names[address] = f"{names[address]}, {one.name}" if address in names else one.name
    return names


def _row(item: Item, names: dict[str, str]) -> str:
    name = names.get(item.address, f"{item.address[:12]} (no experiment)")
    return f"{name:28}  {size_text(item.size):>9}  {KINDS.get(item.kind) or _trained(item.about)}"


def _trained(about: dict[str, Any]) -> str:
    """How a run was trained, by facts that may be anything."""
    try:
        check_facts(about)
    except ValueError:
        return "unreadable"
    return f"{len(about['seeds'])} seeds, trained in {duration(about['wall_s'])}"
