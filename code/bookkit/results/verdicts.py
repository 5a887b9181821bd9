"""The verdicts of this build on the claims of the ledger, and which of them the prose no longer agrees with."""

import functools
from dataclasses import dataclass, field
from importlib import import_module

from packaging.version import Version
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from bookkit.parts import switches
from bookkit.parts.entries import Citation, Fault
from bookkit.results.catalogue import Catalogue, records_folder
from bookkit.results.domain import ResultsDomain
from bookkit.results.releases import published
from evidence.claims import NOT_RUN, UNSETTLED, Claim, Verdict, contradicts, judge
from evidence.claims.agreement import Tally, tally
from evidence.claims.standing import FILE, Standing, Stands, read, standing
from evidence.records import Record

_SAYS = {"verdict": "names the verdict", "passage": "is marked as a passage of the claim"}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim with the verdict of this build, the results that it rests on (None: not in this build), how long its
    criterion has stood, the values of replications by their name, and why this build cannot have some results."""

    claim: Claim
    verdict: Verdict
    evidence: dict[str, Record | None]
    standing: Standing
    seen: dict[str, dict[str, Record]] = field(default_factory=dict, repr=False)
    lacking: tuple[str, ...] = ()

    @functools.cached_property
    def tally(self) -> Tally:
        """What replications find, by today's criterion."""
        return tally(self.claim, self.verdict.verdict, self.seen)

    @property
    def stale(self) -> bool:
        """Whether the text was written for another verdict, and says what this build found to be otherwise.

        A build that leaves a claim open, or that settles what the text leaves open, contradicts nothing: it is another
        draw of seeds. Only a build that is to be the same as the release, bit for bit, has to have its very verdicts.
        A claim that was not run says nothing about its text.
        """
        found, text = self.verdict.verdict, self.claim.expected
        if switches.exactly():
            return found not in (NOT_RUN, text)
        return contradicts(text, found)


def ledger(env: BuildEnvironment) -> list[Claim]:
    """The claims of the book, as its configuration says where they are declared."""
    return import_module(env.config.bookkit_ledger).ledger()


def judged(env: BuildEnvironment, found: Catalogue) -> dict[str, Judged]:
    """Judge every claim of the book's ledger, once for all pages.

    Args:
        env: the build environment; its configuration names the module that declares the claims.
        found: what the build can cite.

    Returns:
        By id, in the order in which readers meet their boxes; those without a box come last, as in the ledger.
    """
    return found.domain.once("judged", lambda: _judged(env, found))


def _judged(env: BuildEnvironment, found: Catalogue) -> dict[str, Judged]:
    stands, since, versions = _recorded(env, found)
    order = {docname: number for number, docname in enumerate(env.collect_relations())}

    def met(claim: Claim) -> tuple[int, int]:
        box = found.domain.boxes.get(claim.id)
        return (len(order), 0) if box is None else (order.get(box.place.docname, len(order)), box.place.line or 0)

    return {claim.id: Judged(claim=claim, verdict=judge(claim, found.records), seen=found.seen,
                             standing=standing(claim, stands, since, versions),
                             evidence={rid: found.records.get(rid) for rid in claim.needs},
                             lacking=tuple(dict.fromkeys(found.absent[rid] for rid in claim.needs
                                                         if rid in found.absent and rid not in found.records)))
            for claim in sorted(ledger(env), key=met)}


def _recorded(env: BuildEnvironment, found: Catalogue) -> tuple[Stands, dict[str, str], list[str]]:
    """The criteria that were recorded, the first release that had each result, and these releases, oldest first.

    The records of releases are not asked: a build from an archive has none, and is to say the same.
    """
    def reading() -> tuple[Stands, dict[str, str], list[str]]:
        folder = records_folder(env)
        try:
            stands = read(folder / FILE)
            since = {rid: entry["since"] for rid, entry in published(folder).get("results", {}).items()}
            judging = {stand.release for known in stands.values() for stand in known if stand.release}
            return stands, since, sorted({*since.values(), *judging}, key=Version)
        except ValueError as error:
            raise ConfigError(str(error)) from None

    return found.domain.once("standing", reading)


def faults(domain: ResultsDomain, found: Catalogue, claims: dict[str, Judged]) -> list[Fault]:
    """What the prose says against this build, as reasons to fail a strict one.

    Args:
        domain: what the pages say.
        found: what the build can cite.
        claims: judged.

    Returns:
        For each claim whose verdict is not the one its text was written for: the box, and the sentences that cite its
        evidence.
    """
    stale = [one for one in claims.values() if one.stale]
    return [fault for one in stale for fault in _faults(domain, found, one)]


def mismatch(one: Judged) -> str:
    """What a box says whose text was written for another verdict."""
    return f"This build found “{one.verdict.verdict}”; the text was written for “{one.claim.expected}”."


def remark(one: Judged) -> str:
    """What a box says quietly where its build differs from the text without contradicting it; mostly nothing."""
    found, text = one.verdict.verdict, one.claim.expected
    if one.stale or found in (NOT_RUN, text):
        return ""
    if text == NOT_RUN:
        return "The text was written before it was run."
    if found == UNSETTLED:
        return f"This build leaves it open; the text was written for “{text}”."
    return f"This build finds it {found}; the text was written for a claim that runs leave open."


def _faults(domain: ResultsDomain, found: Catalogue, one: Judged) -> list[Fault]:
    claim, box = one.claim, domain.boxes.get(one.claim.id)
    uses = [use for use in domain.every("claims") if use.id == claim.id and use.kind != "box"]
    cited = [citation for rid in claim.needs for citation in domain.citations_of(rid)]
    where = [f"  {c.place.docname}:{c.place.line}: {found.say(c.sentence)}" for c in _once(cited)]
    where += [f"  {u.place.docname}:{u.place.line}: {_SAYS[u.kind]}" for u in uses]
    text = (f"claim {claim.id!r}: this build found {one.verdict.verdict!r} ({one.verdict.conditions}), the text was "
            f"written for {claim.expected!r}. " + ("Rewrite:\n" + "\n".join(where) if where else
            "No sentence cites its evidence; rewrite the text around its box.")
            + f"\nThen declare the new verdict: expected={one.verdict.verdict!r}.")
    return [Fault(docname=box.place.docname if box else "", line=box.place.line if box else None, text=text)]


def _once(citations: list[Citation]) -> list[Citation]:
    """One citation for each sentence, in the order of the pages."""
    seen = {(c.place.docname, c.sentence): c for c in reversed(citations)}
    return sorted(seen.values(), key=lambda c: (c.place.docname, c.place.line or 0))
