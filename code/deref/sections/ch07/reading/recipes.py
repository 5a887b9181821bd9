"""How pages compute numbers of the section "Reading attention" again: of the ensembles whose weights travel anyway."""

from deref.sections.ch07.reading.reading import SUBJECTS
from deref.sections.shared.recipes import MEASURED, SOLVING, Recipe

_LIGHT = ("legible-8", "two-layers-8", "gather")

RECIPES = {
    **{f"reading.{key}.covered": Recipe(chosen=SUBJECTS[key].chosen, measure="covered-share", over="mean",
                                        seeds=SOLVING) for key in _LIGHT},
    **{f"reading.{key}.gathered": Recipe(chosen=SUBJECTS[key].chosen, measure="address-weight", over="mean",
                                         seeds=SOLVING, close=MEASURED) for key in _LIGHT},
}
