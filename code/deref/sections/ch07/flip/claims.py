"""The claims of the section "The flip test: two questions about one model"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, Test, above, all_of, below

MODELS = {"legible-8": "the small model", "large-32": "the large model"}
_SOLVING = ("Every seed of both models that solves the task, every address and every cell of thirty-two memories, "
            "means over seeds. At first one shown seed of each was judged. ")
_POWER = ("Eleven seeds of the large model and ten of the small one, so that at least six are left should some not "
          "solve the task: as few as six that agree in full decide.")


def _reads(name: str, model: str) -> Test:
    share = f"the share of answers of {model} that change"
    return all_of(above(f"flip.{name}.bit-changed", "98.5%", f"{share} with an address bit where they must"),
                  below(f"flip.{name}.bit-strayed", "1.5%", f"{share} with one where they must not"),
                  above(f"flip.{name}.sets-inside", "98.5%", f"{share} with a set that holds the addressed cell"),
                  below(f"flip.{name}.sets-outside", "1.5%", f"{share} with another set"))

CLAIMS = (
    Claim(
        id="b.flip-addressed", chapter=7, source="b",
        statement="Flipping the addressed bit flips the model's answer.",
        quote="it tracks the new value about 99.5% of the time",
        setting=_SOLVING + "A seed that is wrong on almost 1 question of 100 solves the task, and can be wrong on "
                           "almost 2 of 100 flips: enough to fail.",
        criterion=Criterion(parts={
            f"answers of {model} follow": above(f"flip.{name}.seeds-addressed", "98.5%",
                                                f"the share of answers of {model} that follow the addressed cell")
            for name, model in MODELS.items()}),
        power=_POWER,
        expected=SUPPORTED,
    ),
    Claim(
        id="b.flip-other", chapter=7, source="b",
        statement="Flipping any other bit leaves the answer as it is.",
        quote="Flip any other cell and the output changes about 0.5% of the time",
        setting=_SOLVING.rstrip(),
        criterion=Criterion(parts={
            f"answers of {model} stay": below(f"flip.{name}.seeds-other", "1.5%",
                                              f"the share of answers of {model} that change with another cell")
            for name, model in MODELS.items()}),
        power=_POWER,
        expected=SUPPORTED,
    ),
    Claim(
        id="b.flip-address-bit", chapter=7, source="b",
        statement="The model reads exactly the addressed cell and nothing else: it follows the address, and no set of "
                  "other cells moves it.",
        quote="So the model reads exactly the addressed cell and nothing else",
        setting="Seeds that solve the task, of the small model and of the large one, means over seeds.",
        criterion=Criterion(parts={f"{model} reads the addressed cell alone": _reads(name, model)
                                   for name, model in MODELS.items()}),
        power="Eleven seeds of the large model and ten of the small one, so that at least six are left should some not "
              "solve the task: as few as six that agree in full decide.",
        expected=SUPPORTED,
    ),
)
