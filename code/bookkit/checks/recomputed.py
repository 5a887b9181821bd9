"""Results that nobody computed: a strict build computes a random tenth of all results again, from the store.

A cell's output metadata are believed, since they survive every cache; but a cell can write there what it likes. The
sample is drawn anew in each build, so what is false does not last. Every id has to have a registered function.
"""

import math
import os
import random
import secrets
from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util import logging

from bookkit.execution.execute import kernel_environment
from bookkit.parts.entries import Fault
from bookkit.results.domain import domain_of
from bookkit.results.faults import at
from bookkit.results.recomputing import wrong

SHARE = 10
"""One of so many results is computed again."""

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
    names = random.Random(seed).sample(sorted(published), math.ceil(len(published) / SHARE))
    log.info("computing %d of %d results again, drawn with BOOK_SAMPLE=%d: %s", len(names), len(published), seed,
             " ".join(names))
    try:
        found = wrong(app.srcdir, app.config.bookkit_package, [published[name].record for name in names], published,
                      kernel_environment(app))
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    for name, text in found.items():
        yield at(published[name].place, text)


def _seed() -> int:
    given = os.environ.get("BOOK_SAMPLE") or str(secrets.randbelow(10**6))
    if not given.isdecimal():
        raise ConfigError(f"expected BOOK_SAMPLE to be a whole number, got {given!r}")
    return int(given)
