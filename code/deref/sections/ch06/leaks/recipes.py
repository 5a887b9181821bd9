"""How pages compute numbers of the section "Where the argument against one layer leaks" again.

Its 200 seeds are the heaviest that a page computes from, so their weights are rounded. That moves some answers of the
409,600, by dozens on one machine and none on another, so the mean has to agree to a tenth of a point, the last digit
that is shown; the best seed and the share that solves the task stay as they are.
"""

from deref.sections.ch06.leaks.leaks import mlp
from deref.sections.shared.recipes import COUNTED, Recipe

SHOWN_DIGIT = 1e-3
_OVER = {"accuracy": ("mean", SHOWN_DIGIT), "best": ("largest", COUNTED), "solved": ("share-solving", COUNTED)}

RECIPES = {f"leaks.mlp.{name}": Recipe(chosen=mlp, measure="accuracy", over=over, close=close, rounded=True)
           for name, (over, close) in _OVER.items()}
