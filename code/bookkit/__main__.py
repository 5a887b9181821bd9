"""Commands of the book's own tools: `python -m bookkit release VERSION`."""

import argparse
import sys
from pathlib import Path

from bookkit.release import release
from bookkit.results.recomputing import wrong
from evidence.paths import from_outside


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: of the command line; those of this process if left out.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m bookkit", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    freeze = commands.add_parser("release", help="freeze what the last full build found as a version")
    freeze.add_argument("version", help="such as 0.1.0; a version is never released twice")
    freeze.add_argument("--root", type=from_outside, default=Path.cwd(), help="of the project (the current directory)")
    freeze.add_argument("--package", default="deref", help="whose command `recompute` computes every result again")
    given = parser.parse_args(arguments)
    try:
        said = release(given.root, given.version, lambda records: wrong(given.root, given.package, records))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
