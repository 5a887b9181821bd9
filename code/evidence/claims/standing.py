"""How long a criterion has stood: in which commit and release its hash first did, and whether results existed by then.

`records/criteria.json` keeps, for each claim, its criteria one after the other: the hash of the text that readers see,
the commit in which it first stood (with its day), and the first release that judged by it. `deref criteria` adds what
the checked-out commit declares, `make release` what it releases; what is recorded is never changed. Commits can be
looked up by whoever has the repository, which a build from an archive has not.

A change of words is a change, since nobody can tell by a hash which changes matter.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evidence.claims.claim import Claim
from evidence.reading import parse_json
from evidence.records.record import ID
from evidence.records.replication import short_hash

FORMAT, FILE = 1, "criteria.json"
_FIELDS = {"criterion": r"[0-9a-f]{16}", "commit": r"[0-9a-f]{40}", "date": r"\d{4}-\d\d-\d\d", "release": r"\S{1,40}"}
SHORT = 7
"""Digits of a commit that readers see."""


@dataclass(frozen=True, kw_only=True)
class Stand:
    """One criterion of a claim, as it was recorded.

    Args:
        criterion: hash of its text.
        commit: in which it first stood; None where it was recorded outside a repository.
        date: the day of that commit, or of the record.
        release: the first that judged by it, or None so far.
    """

    criterion: str
    commit: str | None
    date: str
    release: str | None = None


Stands = Mapping[str, Sequence[Stand]]
"""By claim, its criteria one after the other."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What can be said about the time of a claim's criterion.

    Args:
        criterion: hash of today's.
        stand: as it was recorded, or None if it was not yet.
        before: the newest release that had results which it reads before it stood, or None.
        other: the hash of the criterion by which that release, or one before it, judged the claim; None if it did not.
    """

    criterion: str
    stand: Stand | None
    before: str | None = None
    other: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the claim was judged by another criterion once, and so results existed when it changed."""
        return self.other is not None

    def sentence(self) -> str:
        """In words, for the claim's box."""
        if self.stand is None:
            text = "Not recorded in any commit yet."
        else:
            since = [*([f"release {self.stand.release}"] if self.stand.release else []),
                     *([f"commit {self.stand.commit[:SHORT]}"] if self.stand.commit else [])]
            text = f"Unchanged since {', '.join([*since, self.stand.date])}."
        if self.changed:
            return f"{text} Changed after results existed: release {self.before} had judged by another one."
        if self.before:
            return f"{text} Written after results existed: release {self.before} had published some that it reads."
        return text


def standing(claim: Claim, stands: Stands, since: Mapping[str, str], releases: Sequence[str]) -> Standing:
    """Look up the time of a claim's criterion.

    Args:
        claim: the claim.
        stands: what is recorded.
        since: the first release that had a result, by the result's id.
        releases: versions, oldest first.
    """
    criterion, known = short_hash(claim.criterion_text), list(stands.get(claim.id, ()))
    stand = known.pop() if known and known[-1].criterion == criterion else None
    first = stand.release if stand else None
    earlier = list(releases[:releases.index(first)] if first in releases else releases)
    had = [version for version in earlier if any(
        since[rid] in releases and releases.index(since[rid]) <= releases.index(version)
        for rid in claim.needs if rid in since)]
    judged = [one for one in known if one.release in earlier]
    before = had[-1] if had else judged[-1].release if judged else None
    return Standing(criterion=criterion, stand=stand, before=before, other=judged[-1].criterion if judged else None)


def recorded(stands: Stands, criteria: Mapping[str, str], *, commit: str | None, date: str,
             release: str | None = None) -> dict[str, list[Stand]]:
    """Add the criteria that stand now to those that are recorded.

    Args:
        stands: what is recorded.
        criteria: hashes, by claim.
        commit: that declares them, or None outside a repository.
        date: its day.
        release: that judges by them, or None.
    """
    found = {claim: list(known) for claim, known in stands.items()}
    for claim, criterion in criteria.items():
        known = found.setdefault(claim, [])
        if not known or known[-1].criterion != criterion:
            known.append(Stand(criterion=criterion, commit=commit, date=date, release=release))
        elif release and known[-1].release is None:
            known[-1] = replace(known[-1], release=release)
    return found


def dumps(stands: Stands) -> str:
    """The text of the file: a line for each criterion."""
    rows = [f"  {json.dumps(claim)}: [\n" + ",\n".join(f"   {json.dumps(asdict(one))}" for one in known) + "\n  ]"
            for claim, known in sorted(stands.items()) if known]
    return f'{{\n "format": {FORMAT},\n "claims": {{\n' + ",\n".join(rows) + "\n }\n}\n"


def read(path: Path) -> dict[str, list[Stand]]:
    """Read a file; one that is not there records nothing.

    Raises:
        ValueError: it is not as `dumps` writes it; one line says where.
    """
    try:
        data = parse_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("claims"), dict):
        raise ValueError(f"{path}: expected recorded criteria in format {FORMAT}")
    return {claim: [_stand(one, f"{path}: {claim}") for one in _listed(known, f"{path}: {claim}")]
            for claim, known in data["claims"].items() if _named(claim, path)}


def _named(claim: str, path: Path) -> bool:
    if not ID.fullmatch(claim):
        raise ValueError(f"{path}: expected ids of claims, got {claim!r:.80}")
    return True


def _listed(known: Any, where: str) -> list[Any]:
    if not isinstance(known, list):
        raise ValueError(f"{where}: expected a list of criteria, got {known!r:.80}")
    return known


def _stand(one: Any, where: str) -> Stand:
    if not isinstance(one, dict) or set(one) != set(_FIELDS):
        raise ValueError(f"{where}: expected {', '.join(_FIELDS)}, got {one!r:.80}")
    for name, form in _FIELDS.items():
        value = one[name]
        if not (value is None and name in ("commit", "release")) and not (
                isinstance(value, str) and re.fullmatch(form, value)):
            raise ValueError(f"{where}: expected {name} of the form {form}, got {value!r:.80}")
    return Stand(**one)
