"""`deref criteria`: record in which commit the criteria of claims first stand, before their runs are trained."""

import argparse
import sys
from collections.abc import Sequence

from deref.cli.commands import Refused
from deref.ledger import ledger
from evidence.claims import standing
from evidence.files import write_file
from evidence.provenance.git import commit, git
from evidence.provenance.source import CODE
from evidence.records.replication import short_hash

PROJECT = CODE.parent


def main(arguments: Sequence[str]) -> int:
    """Add the criteria of the checked-out commit to `records/criteria.json`; 1 with --check if some are not there."""
    parser = argparse.ArgumentParser(
        prog="deref criteria", description="Record in which commit the criteria of claims first stand. Commit a "
        "criterion, run this, commit the record, and only then train what the claim is judged by.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a criterion is not recorded")
    given = parser.parse_args(arguments)
    path = PROJECT / "records" / standing.FILE
    try:
        known = standing.read(path)
    except ValueError as error:
        raise Refused(str(error)) from None
    criteria = {claim.id: short_hash(claim.criterion_text) for claim in ledger()}
    new = [claim for claim, criterion in criteria.items()
           if not known.get(claim) or known[claim][-1].criterion != criterion]
    if given.check or not new:
        print(f"deref: {len(new)} of {len(criteria)} criteria are not recorded"
              + (f": {', '.join(new)}" if new else ""), file=sys.stderr)
        return int(bool(new))
    found, clean = commit(PROJECT)
    if found is None or not clean:
        raise Refused("expected a repository in which everything is committed, so that the commit has the criteria, "
                      f"got {'uncommitted changes' if found else 'none'}")
    day = git(PROJECT, "show", "-s", "--format=%cs", found)
    write_file(path, standing.dumps(standing.recorded(known, criteria, commit=found, date=day or "")).encode())
    print(f"deref: recorded {len(new)} criteria of commit {found[:standing.SHORT]} in {path}: {', '.join(new)}",
          file=sys.stderr)
    return 0
