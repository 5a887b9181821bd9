"""`deref list`: which experiments there are."""

import argparse
from collections.abc import Sequence

from deref.cli.declarations import declarations
from deref.cli.device import store_of
from deref.experiment import load_all
from evidence.provenance.code import read_once


def main(arguments: Sequence[str]) -> int:
    """List the experiments: name, seeds, whether the store has the run, and what it is for."""
    argparse.ArgumentParser(prog="deref list", description="List the experiments.").parse_args(arguments)
    with declarations():
        found = load_all()
    store = store_of()
    width = max((len(one.name) for one in found), default=0)
    with read_once():
        for one in found:
            state = "stored" if store.has(one.config, one.seeds) else "missing"
            print(f"{one.name:{width}}  {len(one.seeds):3} seeds  {state:7}  {one.about}")
    return 0
