"""How pages compute numbers of the section "The flip test: two questions about one model" again."""

from deref.sections.ch07.flip.flip import FLIPS, MEMORIES, MODELS
from deref.sections.shared.models import legible_8
from deref.sections.shared.recipes import MEASURED, SHOWN, SOLVING, Memories, Recipe

_TESTED, _FEW = Memories(MEMORIES), Memories(FLIPS, few=True)
_SHOWN = {"flip.{}.addressed": ("addressed", _TESTED), "flip.{}.other": ("other", _TESTED),
          "{}.accuracy": ("accuracy", _TESTED), "{}.coverage": ("covered", Memories())}
# of large-32, results over seeds rest on eleven, whose weights are four megabytes: only the one that pages show travels
_SEEDS = {"seeds-addressed": ("addressed", _FEW), "seeds-other": ("other", _FEW),
          "bit-changed": ("bit-changed", _TESTED), "bit-strayed": ("bit-strayed", _TESTED)}

RECIPES = {
    **{id.format(name): Recipe(chosen=chosen, measure=measure, over="only", seeds=SHOWN, memories=memories)
       for name, chosen in MODELS.items() for id, (measure, memories) in _SHOWN.items()},
    **{f"{name}.weight": Recipe(chosen=chosen, measure="weight", over="only", seeds=SHOWN, close=MEASURED)
       for name, chosen in MODELS.items()},
    **{f"flip.legible-8.{name}": Recipe(chosen=legible_8, measure=measure, over="mean", seeds=SOLVING,
                                        memories=memories) for name, (measure, memories) in _SEEDS.items()},
    "legible-8.coverage-mean": Recipe(chosen=legible_8, measure="covered", over="mean"),
    "legible-8.solved": Recipe(chosen=legible_8, measure="accuracy", over="number-solving"),
}
