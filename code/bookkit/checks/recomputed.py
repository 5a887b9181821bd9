"""Results that nobody computed: a strict build computes a random tenth of all results again, from the store.

A cell's output metadata are believed, since they survive every cache; but a cell can write there what it likes. The
sample is drawn anew in each build, so what is false does not last. Every id has to have a registered function.

Results of one module rest on the same probes, and most of the cost is theirs: one of them takes as long as all. So the
tenth is drawn from few modules, and each result's chance is the same as if it were drawn from all.
"""

import math
import os
import random
import secrets
from collections.abc import Iterable, Iterator

from sphinx.application import Sphinx
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util import logging

from bookkit.execution.execute import kernel_environment
from bookkit.parts.entries import Fault
from bookkit.results.domain import domain_of
from bookkit.results.faults import at
from bookkit.results.recomputing import wrong
from evidence.records import Record

MODULES, RESULTS = 1 / 8, 4 / 5
"""The shares of modules that are drawn, and of the results of each: a tenth of all results in the mean."""

log = logging.getLogger(__name__)


def faults(app: Sphinx) -> Iterator[Fault]:
    """What a strict build finds; nothing for one that shows a release, or of a book that has no such command.

    Raises:
        ConfigError: BOOK_SAMPLE is no whole number.
        ExtensionError: nothing can be computed again here.
    """
    published = domain_of(app.env).results
    if not published or app.config.bookkit_release or not app.config.bookkit_recompute:
        return
    seed = _seed()
    names = drawn([one.record for one in published.values()], seed)
    log.info("computing %d of %d results again, drawn with BOOK_SAMPLE=%d: %s", len(names), len(published), seed,
             " ".join(names))
    try:
        found = wrong(app.srcdir, app.config.bookkit_package, [published[name].record for name in names], published,
                      kernel_environment(app))
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    for name, text in found.items():
        yield at(published[name].place, text)


def drawn(records: Iterable[Record], seed: int) -> list[str]:
    """Draw results of some modules, at least one of each.

    Args:
        records: of all results.
        seed: of the draw.

    Returns:
        Their ids.
    """
    draw, of = random.Random(seed), dict[str, list[str]]()
    for record in sorted(records, key=lambda one: one.id):
        of.setdefault(record.module or "", []).append(record.id)
    modules = draw.sample(sorted(of), math.ceil(MODULES * len(of)))
    return [name for module in modules for name in draw.sample(of[module], math.ceil(RESULTS * len(of[module])))]


def _seed() -> int:
    given = os.environ.get("BOOK_SAMPLE") or str(secrets.randbelow(10**6))
    if not given.isdecimal():
        raise ConfigError(f"expected BOOK_SAMPLE to be a whole number, got {given!r}")
    return int(given)
