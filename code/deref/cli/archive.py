"""`deref archive`: whether the releases in `records/` are whole, and one file of a release for a deposit."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from deref.cli.commands import Failed, Refused, path_argument
from evidence.archive import ArchiveError, check, open_archive
from evidence.files import write_file
from evidence.provenance.source import CODE


def main(arguments: Sequence[str]) -> int:
    """Check the archive (exit status 1 if it is not whole), or pack a release."""
    parser = argparse.ArgumentParser(prog="deref archive", description="The archive of releases, in records/.")
    parser.add_argument("--records", metavar="DIR", type=path_argument, default=CODE.parent / "records",
                        help="the folder of releases (default: that of the project)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("check", help="compute every hash anew; say what is damaged, missing or left over")
    packing = commands.add_parser("pack", help="write one file for a deposit, and print its SWHID")
    packing.add_argument("version", metavar="VERSION", help="such as 0.2.0")
    packing.add_argument("--to", metavar="FILE", type=path_argument,
                         help="what to write (default: deref-VERSION.zip in this folder)")
    given = parser.parse_args(arguments)
    if not given.records.is_dir():
        raise Refused(f"expected a folder of releases, got {given.records}, which is none")
    return _check(given.records) if given.command == "check" else _pack(given.records, given.version, given.to)


def _check(records: Path) -> int:
    found = check.problems(records)
    for line in found:
        print(line)
    if not found:
        archive = open_archive(records)
        print(f"whole: {len(archive.releases)} releases, {len(archive.objects.names())} objects")
    return int(bool(found))


def _pack(records: Path, version: str, target: Path | None) -> int:
    try:
        from evidence.archive import deposit

        release = open_archive(records).release(version)
        packed, name = deposit.pack(release)
    except ArchiveError as error:
        raise Refused(str(error)) from None
    except ImportError as error:
        raise Failed(f"expected the library {error.name}, which describes deposits; `make env` installs it") from None
    target = target or Path.cwd() / f"deref-{version}.zip"
    try:
        write_file(target, packed)
    except OSError as error:
        raise Failed(f"{target} cannot be written: {error.strerror or error}") from None
    print(f"{target}: {len(packed):,} bytes, {len(release.results)} results, {len(release.figures)} figures\n{name}")
    return 0
