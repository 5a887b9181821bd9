"""Expressions over results: comparisons with thresholds, and their combinations, which write their own clauses.

A test reads the whole 95% interval of a result and has three outcomes: it holds, it fails, or the runs leave it open.
Tests are combined by "at least k of n", with the error of a single test kept at the same 2.5% on either side however
many are read together (see `Of.evidence`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from evidence.claims.evidence import Evidence, Measured, beyond, difference

Results = Mapping[str, Measured]
_SAYS = {">": "is above", ">=": "is at least", "<": "is below", "<=": "is at most"}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@dataclass(frozen=True)
class Bar:
    """A threshold: the text that readers see, and its number."""

    text: str

    @property
    def number(self) -> float:
        """The text as a number; a per cent sign divides by a hundred."""
        plain = self.text.replace(",", "").replace("\N{MINUS SIGN}", "-")
        return float(plain.removesuffix("%")) / 100 if plain.endswith("%") else float(plain)


@dataclass(frozen=True)
class Test:
    """What all tests have: the results they read, evidence for and against, and words."""

    def __invert__(self) -> "Test":
        raise NotImplementedError

    def leaves(self) -> Iterator["Above | Exceeds"]:
        """The comparisons that it is made of."""
        raise NotImplementedError

    def evidence(self, results: Results) -> Evidence:
        """How unlikely these results are if it does not hold, and if it does."""
        raise NotImplementedError

    def phrase(self) -> str:
        """The test as a clause of a sentence."""
        raise NotImplementedError

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the results that it reads, each once."""
        return tuple(dict.fromkeys(rid for leaf in self.leaves() for rid in leaf.reads))

    def outcome(self, results: Results) -> bool | None:
        """Whether it holds (True), fails (False), or is left open by the runs (None)."""
        return self.evidence(results).outcome


@dataclass(frozen=True)
class Above(Test):
    """A result against a threshold."""

    id: str
    sign: str
    bar: Bar
    what: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The result that it reads."""
        return (self.id,)

    def __invert__(self) -> Test:
        return replace(self, sign=_OPPOSITE[self.sign])

    def leaves(self) -> Iterator["Above | Exceeds"]:
        yield self

    def evidence(self, results: Results) -> Evidence:
        return beyond(results[self.id], self.sign, self.bar.number)

    def phrase(self) -> str:
        return f"{self.what} {_SAYS[self.sign]} {self.bar.text}".strip()


@dataclass(frozen=True)
class Exceeds(Test):
    """A result against another one: the first minus a multiple of the second, against a threshold."""

    id: str
    other: str
    sign: str
    bar: Bar
    times: float
    what: str
    than: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The two results that it reads."""
        return (self.id, self.other)

    def __invert__(self) -> Test:
        return replace(self, sign=_OPPOSITE[self.sign])

    def leaves(self) -> Iterator["Above | Exceeds"]:
        yield self

    def evidence(self, results: Results) -> Evidence:
        return beyond(difference(results[self.id], results[self.other], self.times), self.sign, self.bar.number)

    def phrase(self) -> str:
        factor = "" if self.times == 1 else f"{self.times:g} times "
        by = "" if self.bar.number == 0 else f" by {self.bar.text}"
        more = self.sign.startswith(">")
        return f"{self.what} is {'above' if more else 'not above'} {factor}{self.than}{by}"


@dataclass(frozen=True)
class Of(Test):
    """At least so many of several tests; `said` is the clause for them where their own would be clumsy."""

    least: int
    tests: tuple[Test, ...]
    said: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.least <= len(self.tests):
            raise ValueError(f"expected between 1 and {len(self.tests)} tests to have to hold, got {self.least}")

    def __invert__(self) -> Test:
        return Of(len(self.tests) - self.least + 1, tuple(~test for test in self.tests))

    def leaves(self) -> Iterator["Above | Exceeds"]:
        for test in self.tests:
            yield from test.leaves()

    def evidence(self, results: Results) -> Evidence:
        """Partial conjunction: "at least k of n" is shown if n - k + 1 times the k-th smallest probability is small.

        For all of n this asks each test alone; for any of n it is Bonferroni's correction.

        Source:
            Benjamini and Heller, Screening for partial conjunction hypotheses (2008).
        """
        found = [test.evidence(results) for test in self.tests]
        n, k = len(found), self.least
        return Evidence(*(min(1.0, (n - need + 1) * sorted(side)[need - 1]) for side, need in (
            ([one.against_failing for one in found], k), ([one.against_holding for one in found], n - k + 1))))

    def phrase(self) -> str:
        if self.said:
            return self.said
        said = [test.phrase() for test in self.tests]
        if self.least == len(said):
            return "; and ".join(said) if any(" and " in text for text in said) else " and ".join(said)
        if self.least == 1:
            return ", or ".join(said)
        return f"at least {self.least} of these hold: {'; '.join(said)}"
