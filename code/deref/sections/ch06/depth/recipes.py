"""How pages compute numbers of the section "Depth, width, heads, time" again, of its light arms.

Two layers have forty seeds: the share of them that the front page shows is computed from rounded weights.
"""

from deref.sections.ch06.depth.depth import ARMS
from deref.sections.shared.recipes import Recipe

_OVER = {"solved": "share-solving", "median": "median", "best": "largest"}

RECIPES = {f"depth.{arm}.{name}": Recipe(chosen=ARMS[arm], measure="accuracy", over=over)
           for arm in ("long", "heads") for name, over in _OVER.items()}
RECIPES["depth.two.solved"] = Recipe(chosen=ARMS["two"], measure="accuracy", over=_OVER["solved"], rounded=True)
