"""`offer`: let the pages of results compute their numbers again, by recipes, from weights that travel with the book."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.records.record import check_id
from evidence.results.shown import Shown, emit

RECIPES = "book.recipes"
"""The key under which the metadata of an output hold `id`; `about`, by the id of a result; `follows` and `models`; and
`files` by name, in base64. It stands here and not in `keys`, on which every chapter depends."""

BINARY = re.compile(r"[0-9a-f]{64}\.bin")
"""The name of a file that recipes name: the SHA-256 of its content."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipes:
    """How pages compute numbers again, and what from.

    Args:
        recipes: by the id of the result; plain data for JSON, that a script of the site follows.
        about: what each recipe computes from, in words that end a sentence.
        binaries: the files that recipes name, each under the SHA-256 of its content, with ".bin".
        models: which runs a recipe could be about, in words, such as "trainings of a transformer".
        follows: the same as data: what the configuration of such a run has in it, as `evidence.config.to_json` writes
            it; nothing is in every configuration.
    """

    recipes: Mapping[str, Mapping[str, Any]]
    about: Mapping[str, str]
    binaries: Mapping[str, bytes]
    models: str
    follows: Mapping[str, Any]


def offer(id: str, given: Recipes) -> Shown:
    """Publish recipes from this cell.

    Args:
        id: of this set, lower case and dotted, such as "recipes.pointer".
        given: what to publish.

    Raises:
        ValueError: an id of another form, a recipe without words about it, data that are no JSON, or a file whose name
            is not the hash of its content.
    """
    files = {name: base64.b64encode(content).decode("ascii") for name, content in files_of(check_id(id), given).items()}
    size = sum(map(len, given.binaries.values()))
    emit({"text/plain": f"{len(given.recipes)} results, from {size / 1e6:.1f} MB of weights and memories"},
         {RECIPES: {"id": id, "about": dict(given.about), "models": given.models, "follows": dict(given.follows),
                    "files": files}})
    return Shown()


def files_of(id: str, given: Recipes) -> dict[str, bytes]:
    """Write the files that a page fetches: a JSON file for each result, and the binaries.

    Raises:
        ValueError: as `offer`.
    """
    if given.recipes.keys() != given.about.keys():
        raise ValueError(f"expected words about every recipe of {id} and no other, they differ in "
                         f"{', '.join(sorted(given.recipes.keys() ^ given.about.keys()))}")
    for name, content in given.binaries.items():
        if not BINARY.fullmatch(name) or hashlib.sha256(content).hexdigest() != name.removesuffix(".bin"):
            raise ValueError(f"expected a file named by the SHA-256 of its content in {id}, got {name!r}")
    written = {f"{check_id(rid)}.json": json.dumps(recipe, allow_nan=False, sort_keys=True).encode()
               for rid, recipe in given.recipes.items()}
    return {**written, **given.binaries}
