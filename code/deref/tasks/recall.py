"""The recall task: one note somewhere among noise, and at the end the question which value it held.

Worked example with a context of six:

    context                            question  answer
    noise  noise  3  noise  noise  noise  ?         3, at distance 4

There is only one note, so nothing has to be selected; what makes the task hard is the distance of the note.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from deref.tasks.layout import Layout
from evidence.config import config


@config
class RecallTask:
    """Answer at the end with the value of the one note in the context.

    Args:
        context: the number of tokens in front of the question, one of them the note.
        values: how many values a note can hold.
        noise: how many kinds of noise tokens there are.

    Raises:
        ValueError: a size that no task can have.
    """

    context: int
    values: int = 8
    noise: int = 8

    def __post_init__(self) -> None:
        for name, bound in {"context": 1, "values": 2, "noise": 1}.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < bound:
                raise ValueError(f"expected {name} to be an integer of at least {bound}, got {value!r}")

    @property
    def vocab(self) -> int:
        """The number of distinct tokens: noise, then the values of a note, then the question."""
        return self.noise + self.values + 1

    @property
    def outputs(self) -> int:
        """The number of distinct answers."""
        return self.values

    @property
    def length(self) -> int:
        """The number of positions: the context, and one for the question."""
        return self.context + 1

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms: "placed" gives each token its own position, "bag" gives all of them position 0."""
        return ("placed", "bag")

    def layout(self, form: str) -> Layout:
        """Return the layout of a form: one causal sequence, read at the question.

        Args:
            form: "placed" or "bag".

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        place = torch.arange(self.length)
        return Layout(positions=place if form == "placed" else torch.zeros_like(place),
                      mask=torch.ones(self.length, self.length, dtype=torch.bool).tril(),
                      readouts=torch.tensor([self.context]))

    def sample(
        self, n: int, form: str, generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw n contexts with the answers.

        Args:
            n: the number of contexts.
            form: "placed" or "bag"; the tokens are the same.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, 1).

        Raises:
            ValueError: another form.
        """
        self._check_form(form)
        return self.draw(torch.randint(1, self.context + 1, (n,), generator=generator), generator)

    def draw(
        self, distance: Int[Tensor, "batch"], generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch node"], Int[Tensor, "batch readout"]]:
        """Draw contexts whose notes stand at given distances.

        Args:
            distance: how many tokens before the question each note stands, 1 to `context`.
            generator: the only source of randomness.

        Returns:
            Tokens (n, N) and answers (n, 1).

        Raises:
            ValueError: a distance that leads out of the context.
        """
        outside = distance[(distance < 1) | (distance > self.context)]
        if len(outside):
            raise ValueError(f"expected distances from 1 to {self.context}, got {int(outside[0])}")
        said = torch.randint(self.values, (len(distance), 1), generator=generator)
        noise = torch.randint(self.noise, (len(distance), self.context), generator=generator)
        context = noise.scatter(1, self.context - distance[:, None], self.noise + said)
        question = torch.full((len(distance), 1), self.vocab - 1)
        return torch.cat([context, question], dim=1), said

    def _check_form(self, form: str) -> None:
        if form not in self.forms:
            raise ValueError(f"expected a form of the recall task, one of {', '.join(self.forms)}, got {form!r}")
