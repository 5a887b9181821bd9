"""Arms of a comparison: experiments, with what the titles of their results call them."""

from dataclasses import dataclass

from deref.experiment import Experiment
from evidence.runs import Run, Store


@dataclass(frozen=True)
class Arm:
    """One arm of a comparison.

    Args:
        name: what titles and legends call it, such as "two layers".
        experiment: its runs.
    """

    name: str
    experiment: Experiment

    def run(self, store: Store | None = None) -> Run:
        """Give the trained run.

        Args:
            store: where runs are kept; None is the process's own store.
        """
        return self.experiment.run(store)
