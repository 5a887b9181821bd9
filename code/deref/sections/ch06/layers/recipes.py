"""How pages compute numbers of the section "One layer, two layers" again."""

from deref.sections.ch06.layers import layers, visible
from deref.sections.shared.recipes import MEASURED, SOLVING, Recipe

_OVER = {"accuracy": "mean", "best": "largest", "solved": "share-solving"}

RECIPES = {
    **{f"layers.{key}.{name}": Recipe(chosen=arm.experiment, measure="accuracy", over=over)
       for key, arm in layers.ARMS.items() for name, over in _OVER.items()},
    **{f"visible.{key}.weight": Recipe(chosen=arm.experiment, measure="weight", over="mean", seeds=SOLVING,
                                       close=MEASURED) for key, arm in visible.MODELS.items()},
    **{f"visible.{key}.coverage": Recipe(chosen=arm.experiment, measure="covered", over="mean", seeds=SOLVING)
       for key, arm in visible.MODELS.items()},
    **{f"visible.{key}.solved": Recipe(chosen=arm.experiment, measure="accuracy", over="number-solving")
       for key, arm in visible.MODELS.items()},
}
