"""Who wrote a book, as the formats of citations need it: people with their parts of a name, and organisations."""

import re
from dataclasses import dataclass

_JOINED = re.compile(r".*['’ʼ‘-]")  # particles that stand before a name without a space: d', al-


@dataclass(frozen=True, kw_only=True)
class Author:
    """A person, or an organisation; whatever has one name only is never taken apart.

    Args:
        family: family name of a person.
        given: given names of a person.
        particle: before the family name, such as "von".
        suffix: after it, such as "Jr." or "III".
        alias: what a person is called; the only name of some.
        organisation: its name; then there is nothing else but an ORCID.
        orcid: address of the author's ORCID record, or nothing.

    Raises:
        ValueError: no name at all, or those of a person and of an organisation.
    """

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    alias: str = ""
    organisation: str = ""
    orcid: str = ""

    def __post_init__(self) -> None:
        person = self.family or self.given or self.alias
        if bool(person) == bool(self.organisation):
            raise ValueError("expected an author to have family names, given names or an alias, or else to be an "
                             f"organisation, got {self}")

    @property
    def name(self) -> str:
        """The name as one writes it: "Ludwig van Beethoven", "Sammy Davis Jr."."""
        if self.family or self.given:
            return " ".join(part for part in (self.given, self.last, self.suffix) if part)
        return self.organisation or self.alias

    @property
    def whole(self) -> str:
        """The name of who has one name only: organisation, alias, family names or given names; else nothing."""
        return "" if self.family and self.given else self.name

    @property
    def last(self) -> str:
        """The family name behind its particle: "van Beethoven", "d'Alembert"."""
        if not self.particle or not self.family:
            return self.family or self.particle
        return self.particle + ("" if _JOINED.fullmatch(self.particle) else " ") + self.family

    @property
    def inverted(self) -> str:
        """The name as lists sort it: "van Beethoven, Ludwig", "Davis, Sammy, Jr."; one name stays as it is."""
        return self.whole or ", ".join(part for part in (self.last, self.given, self.suffix) if part)
