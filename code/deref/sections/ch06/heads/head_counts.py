"""Section "Several lookups at once": how many heads published models have."""

from dataclasses import dataclass

from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

CLASS = (6.5, 7.5)  # billions of parameters that the name of a "7B model" may give


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """What the authors of a language model say about its attention.

    Args:
        model: its name.
        billions: of parameters, as its name says; None where it does not.
        layers: how many; None where they do not say.
        heads: query heads of a layer; None where they do not say.
        shared: heads of a layer that keys and values have, fewer where queries share them.
        source: the key of the reference that says so.
    """

    model: str
    billions: float | None
    layers: int | None
    heads: int | None
    shared: int | None
    source: str


PUBLISHED = (
    PublishedModel(model="GPT-3 6.7B", billions=6.7, layers=32, heads=32, shared=32, source="brown2020language"),
    PublishedModel(model="LLaMA 7B", billions=7, layers=32, heads=32, shared=32, source="touvron2023llama"),
    PublishedModel(model="Pythia 6.9B", billions=6.9, layers=32, heads=32, shared=32, source="biderman2023pythia"),
    PublishedModel(model="BLOOM 7.1B", billions=7.1, layers=30, heads=32, shared=32, source="bigscience2022bloom"),
    PublishedModel(model="Mistral 7B", billions=7, layers=32, heads=32, shared=8, source="jiang2023mistral"),
    PublishedModel(model="Falcon 7B", billions=7, layers=32, heads=71, shared=1, source="almazrouei2023falcon"),
    PublishedModel(model="Qwen2 7B", billions=7, layers=28, heads=28, shared=4, source="yang2024qwen2"),
    PublishedModel(model="Gemma 7B", billions=7, layers=28, heads=16, shared=16, source="gemma2024"),
    PublishedModel(model="GPT-3 175B", billions=175, layers=96, heads=96, shared=96, source="brown2020language"),
    PublishedModel(model="GPT-4", billions=None, layers=None, heads=None, shared=None, source="openai2023gpt4"),
)


def of_class(low: float, high: float) -> list[PublishedModel]:
    """The models whose name gives a number of parameters between two, in billions."""
    return [one for one in PUBLISHED if one.billions is not None and low <= one.billions <= high]


def heads_of(model: str) -> int:
    """The heads of a layer that a model's authors publish; 0 where they publish none."""
    return next(one.heads or 0 for one in PUBLISHED if one.model == model)


@result("counts.seven", title="Models of the 7B class in the table", format="d")
def seven(store: Store) -> Estimate:
    return exact(len(of_class(*CLASS)), "counted in a table of published configurations")


@result("counts.seven-with-32", title="Models of the 7B class in the table that have 32 heads a layer", format="d")
def seven_with_32(store: Store) -> Estimate:
    return exact(sum(one.heads == 32 for one in of_class(*CLASS)), "counted in a table of published configurations")


@result("counts.gpt-3", title="Heads a layer of GPT-3 175B", format="d")
def gpt_3(store: Store) -> Estimate:
    return exact(heads_of("GPT-3 175B"), "published by its authors")


@result("counts.gpt-4", title="Heads a layer of GPT-4 that its authors have published; 0 for none", format="d")
def gpt_4(store: Store) -> Estimate:
    return exact(heads_of("GPT-4"), "its technical report gives no architecture")
