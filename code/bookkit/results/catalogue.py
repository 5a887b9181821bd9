"""Everything citable in this build: results and figures by id, wherever they come from.

A full build has what its pages publish. A fast build, whose chapters may have changed since the release that they take
their outputs from, also has what that release published.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookkit.parts import output_files
from bookkit.parts.entries import OTHERS, SHARES, Checked, Cited
from bookkit.prose import conditions
from bookkit.results import replications
from bookkit.results.domain import ResultsDomain, domain_of
from bookkit.results.releases import Release, releases
from evidence.records import Record, sentence
from evidence.records.replication import Replication
from evidence.records.text import n_text, share_text

_TEXTS = {"r": sentence.value, "ci": sentence.interval, "rn": n_text, **dict.fromkeys(SHARES, share_text)}
UNKNOWN = "(not in this fast build)"
ABSENT = "(not in this build)"
NOT_YET, _COMMAND = "(not run yet)", " computes it"
"""Of a result whose reason names the command that computes it: nothing is lacking but that somebody runs it."""
NO_OTHER = "(no replication)"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What this build can cite.

    Args:
        domain: what the pages say.
        releases: newest first.
        records: results by id, sorted.
        kept: the folder of files that pages publish.
        released: a folder for files that a fast build takes from its release, beside those that its pages publish.
        fast: the version whose outputs a fast build shows; empty in full builds.
        absent: why this build cannot have some results and figures, by id.
        partial: a fast build has cells without outputs, so that ids may be missing through nobody's fault.
        replications: by the name of their file.
        seen: what the replications found, by name and then by id, where they ran what this build ran.
    """

    domain: ResultsDomain
    releases: list[Release]
    records: dict[str, Record]
    kept: Path
    released: Path
    fast: str
    absent: dict[str, str]
    partial: bool
    replications: dict[str, Replication] = field(default_factory=dict)
    seen: dict[str, dict[str, Record]] = field(default_factory=dict)

    @property
    def newest(self) -> Release | None:
        """The release that this build is compared with."""
        return self.releases[0] if self.releases else None

    def released_as_is(self, record: Record) -> Release | None:
        """The release that first published just this record, if the newest has it: it then has an address for ever."""
        return self.newest.results[record.id].since if self.newest and self.newest.unchanged(record) else None

    def text(self, rid: str, part: str, first: bool = False) -> str:
        """What prose shows for a part of a result; ids are checked before pages are written.

        Args:
            rid: the result.
            part: a role, one of `bookkit.parts.entries.PARTS`.
            first: whether it is the page's first interval, which says what brackets mean.
        """
        if rid not in self.records:
            return self._lacking(rid)
        if part == OTHERS:
            return self._others(rid)
        try:
            if part == "rci":
                return sentence.value_ci(self.records[rid], first)
            text = _TEXTS[part](self.records[rid])
        except ValueError:  # what is no share; the check that stops such a build shows sentences, too
            return sentence.value(self.records[rid])
        return text[0].upper() + text[1:] if part == "Seeds" else text

    def _others(self, rid: str) -> str:
        """The values of replications with other seeds, in the order of their seeds, each once: "70% and 90%"."""
        seen = sorted((self.replications[name].offset, name) for name, values in self.seen.items() if rid in values)
        said = dict.fromkeys(sentence.value(self.seen[name][rid]) for offset, name in seen if offset)
        *most, last = said or [NO_OTHER]
        return f"{', '.join(most)} and {last}" if most else last

    def _lacking(self, rid: str) -> str:
        if rid not in self.absent:
            return UNKNOWN
        return NOT_YET if self.absent[rid].endswith(_COMMAND) else ABSENT

    def note(self, checked: Checked) -> str:
        """What stands behind words whose condition does not hold, or cannot be read; empty if it holds."""
        if failed := conditions.failing(checked, self.records):
            return f"(not in this build: {conditions.found(failed, self.records)})"
        unknown = [rid for rid in checked.cites if rid not in self.records]
        return self.text(unknown[0], "r") if unknown else ""

    def say(self, pieces: Iterable[str | Cited | Checked]) -> str:
        """Text with the numbers that it cites filled in, and a note behind words that are wrong in this build."""
        return "".join(map(self._said, pieces))

    def _said(self, piece: str | Cited | Checked) -> str:
        if isinstance(piece, Checked):
            return f"{piece.words} {self.note(piece)}".rstrip()
        return self.text(piece.id, piece.part) if isinstance(piece, Cited) else piece


def records_folder(env: BuildEnvironment) -> Path:
    """Where releases are."""
    return Path(env.srcdir, env.config.bookkit_records)


def catalogue(env: BuildEnvironment) -> Catalogue:
    """What the build can cite; every page has been read."""
    return domain_of(env).once("catalogue", lambda: _collected(env))


def _collected(env: BuildEnvironment) -> Catalogue:
    domain, fast, folder = domain_of(env), env.config.bookkit_release, output_files.folder(env)
    found = releases(records_folder(env))
    records = {rid: published.record for rid, published in domain.results.items()}
    for release in found:
        if release.version == fast:
            records = {rid: old.record for rid, old in release.results.items()} | records
    absent = {name: why for page in domain.pages.values() for name, why in page.absent.items()}
    records, others = dict(sorted(records.items())), replications.replications(records_folder(env))
    return Catalogue(domain=domain, absent=absent, releases=found, records=records,
                     replications=others, seen=replications.beside(others, records),
                     kept=folder, released=folder.with_name(f"{folder.name}-released"), fast=fast,
                     partial=any(page.unreleased for page in domain.pages.values()))


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Pages whose files are gone or damaged are read again."""
    folder = output_files.folder(env)
    return [docname for docname, names in domain_of(env).kept.items()
            if not all(output_files.intact(folder, name) for name in names)]


def _prune(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        output_files.prune(output_files.folder(app.env), set().union(*domain_of(app.env).kept.values()))


def setup(app: Sphinx) -> None:
    """Keep files as long as a page publishes them."""
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _prune)
