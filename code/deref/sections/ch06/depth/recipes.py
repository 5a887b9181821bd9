"""How pages compute numbers of the section "Depth, width, heads, time" again, of its light arms."""

from deref.sections.ch06.depth.depth import ARMS
from deref.sections.shared.recipes import Recipe

_OVER = {"solved": "share-solving", "median": "median", "best": "largest"}

RECIPES = {f"depth.{arm}.{name}": Recipe(chosen=ARMS[arm], measure="accuracy", over=over)
           for arm in ("long", "heads") for name, over in _OVER.items()}
