"""`deref where`: which function computes a result, and where it is written."""

import argparse
import os
from collections.abc import Sequence

from deref.cli.commands import Refused
from deref.cli.declarations import declarations
from deref.experiment import load_all
from evidence.provenance.definition import Definition, definition
from evidence.provenance.source import CODE
from evidence.results import registry
from evidence.results.registry import Result

SHOWN = 6
"""Ids of a family that are named where several functions are listed."""


def main(arguments: Sequence[str]) -> int:
    """Print the file and line of a result's function, and its source; for a pattern, a line for each function."""
    parser = argparse.ArgumentParser(
        prog="deref where", description="Find the function that computes a published result.")
    parser.add_argument("ids", nargs="+", metavar="ID", help="id of a result, such as flip.large-32.addressed, or a "
                        "pattern in quotes, such as 'flip.*'")
    given = parser.parse_args(arguments)
    with declarations():
        load_all()
    try:
        found = registry.matching(*given.ids)
    except ValueError as error:
        raise Refused(str(error)) from None
    functions: dict[tuple[str, str], list[Result]] = {}
    for one in found:
        functions.setdefault((one.module, one.function_name), []).append(one)
    for results in functions.values():
        place = _place(results[0])
        at = f"{os.path.relpath(place.path)}:{place.first}"
        if len(functions) > 1:
            ids = [one.id for one in results]
            more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
            print(f"{at}  {results[0].function_name}: {', '.join(ids[:SHOWN])}{more}")
        else:
            print(f"{at}\n{place.text}")
    return 0


def _place(result: Result) -> Definition:
    place = definition(result.module, result.function_name, CODE)
    if place is None:
        raise Refused(f"expected the function of {result.id} in a file of this project, but it is "
                      f"{result.function_name} in {result.module}")
    return place
