"""How pages compute numbers of the section "Where the argument against one layer leaks" again."""

from deref.sections.ch06.leaks.leaks import mlp
from deref.sections.shared.recipes import Recipe

RECIPES = {f"leaks.mlp.{name}": Recipe(chosen=mlp, measure="accuracy", over=over)
           for name, over in {"accuracy": "mean", "best": "largest", "solved": "share-solving"}.items()}
