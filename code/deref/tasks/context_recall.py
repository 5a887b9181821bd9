"""Context recall (the notes task): notes among noise, then questions about the notes and about facts that never change.

Worked example with a context of six, two notes of two possible values, and one fact:

    context                               questions     answers
    noise  B=1  noise  noise  A=0  noise  A?  B?  fact  0  1  whatever that fact is

A question about a note can only be answered by looking it up; the note's place and its value are drawn anew for every
context. A question about a fact has the same answer in every context, so it can only be memorised in the weights.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.tasks.layout import Layout
from evidence.config import config

_FACTS_SEED = 3_000_017  # facts are facts: the same whatever seed trains


@config
class NotesTask:
    """Answer questions about notes in the context, and about facts that are memorised in the weights.

    Args:
        context: the number of tokens in front of a question.
        notes: how many of them are notes, each under a key of its own; the others are noise.
        keys: how many keys there are to draw those from.
        values: how many values a note or a fact can have.
        facts: how many questions have a fixed answer.
        noise: how many kinds of noise tokens there are.
        window: how many tokens a token sees, itself included; None lets it see everything before it.

    Raises:
        ValueError: a size that no task can have, or more notes than there are keys or the context has room for.
    """

    context: int
    notes: int
    keys: int
    values: int
    facts: int = 0
    noise: int = 8
    window: int | None = None

    def __post_init__(self) -> None:
        least = {"context": 1, "notes": 1, "keys": 1, "values": 2, "facts": 0, "noise": 1}
        if self.window is not None:
            least["window"] = 2
        for name, bound in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < bound:
                raise ValueError(f"expected {name} to be an integer of at least {bound}, got {value!r}")
        if self.notes > min(self.context, self.keys):
            raise ValueError(f"expected at most as many notes as tokens of context and as keys, got {self.notes} "
                             f"notes, {self.context} tokens and {self.keys} keys")

    @property
    def vocab(self) -> int:
        """Noise, then every note (key by key, value by value), then the questions: about notes, about facts."""
        return self.noise + self.keys * self.values + self.keys + self.facts

    @property
    def outputs(self) -> int:
        """The number of distinct answers."""
        return self.values

    @property
    def length(self) -> int:
        """The number of positions: the context, and one for a question."""
        return self.context + 1

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "placed" gives each token its own position, "bag" gives all of them position 0."""
        return ("placed", "bag")

    def layout(self, form: str) -> Layout:
        """Return the layout of a form: the context once, followed by all questions, none of which sees another.

        Args:
            form: "placed" or "bag".

        Returns:
            A layout whose last nodes are the readouts: the questions about the notes, then those about facts.

        Raises:
            ValueError: another form.
        """
        if form not in self.forms:
            raise ValueError(f"expected a form of the notes task, one of {', '.join(self.forms)}, got {form!r}")
        asked = self.notes + self.facts
        size = self.context + asked
        place = torch.cat([torch.arange(self.context), torch.full((asked,), self.context)])
        positions = place if form == "placed" else torch.zeros_like(place)
        return Layout(positions=positions, mask=self._mask(place), readouts=torch.arange(self.context, size))

    def _mask(self, place: Int[Tensor, "node"]) -> Bool[Tensor, "node node"]:
        back = place[:, None] - place[None, :]
        mask = (back > 0) | torch.eye(len(place), dtype=torch.bool)
        return mask if self.window is None else mask & (back < self.window)

    def fact_answers(self) -> Int[Tensor, "fact"]:
        """The answer to each question about a fact: arbitrary, the same for every seed, all values equally often."""
        order = torch.randperm(self.facts, generator=torch.Generator().manual_seed(_FACTS_SEED))
        return order % self.values

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n contexts with the answers to every question.

        Args:
            n: the number of contexts.
            form: "placed" or "bag"; the tokens are the same.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, R).

        Raises:
            ValueError: another form.
        """
        if form not in self.forms:
            raise ValueError(f"expected a form of the notes task, one of {', '.join(self.forms)}, got {form!r}")
        tokens, answers, _ = self.draw(n, generator)
        return tokens, answers

    def draw(
        self, n: int, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"], Int[Tensor, "batch note"]]:
        """Draw n contexts with the answers to every question, and say where the notes stand.

        Args:
            n: the number of contexts.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N), answers (n, R), and the node that holds the note which question i asks for (n, notes).
        """
        noise = torch.randint(self.noise, (n, self.context), generator=generator)
        where = torch.rand(n, self.context, generator=generator).argsort(1)[:, : self.notes]
        keys = torch.rand(n, self.keys, generator=generator).argsort(1)[:, : self.notes]
        values = torch.randint(self.values, (n, self.notes), generator=generator)
        questions = self.noise + self.keys * self.values
        facts = torch.arange(questions + self.keys, self.vocab)
        context = noise.scatter(1, where, self.noise + keys * self.values + values)
        tokens = torch.cat([context, questions + keys, facts.expand(n, -1)], dim=1)
        return tokens, torch.cat([values, self.fact_answers().expand(n, -1)], dim=1), where
