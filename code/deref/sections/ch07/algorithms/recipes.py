"""How pages compute the number of the section "Fetch, or gather and select" again that the front page shows."""

from deref.sections.ch07.algorithms.front import extremes
from deref.sections.shared.models import again
from deref.sections.shared.recipes import Picked, Recipe

_EXTREMES = Picked(about="the two solving seeds with most and with least of the bit at its cell",
                   of=lambda run: [one.seed for one in extremes(run).values()])

RECIPES = {"algorithms.again.extremes-passed": Recipe(chosen=again, measure="passed", over="smallest",
                                                      seeds=_EXTREMES)}
