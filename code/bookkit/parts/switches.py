"""The switches of a build, which come from the environment: BOOK_FAST, BOOK_STRICT and BOOK_EXACT."""

import os

from evidence import exact


def fast() -> bool:
    """Whether this build takes its outputs from the newest release."""
    return _on("BOOK_FAST")


def strict() -> bool:
    """Whether what the text and the build disagree on fails this build."""
    return _on("BOOK_STRICT")


def exactly() -> bool:
    """Whether this build computes the same bits as one on any other processor."""
    return _on("BOOK_EXACT") or exact.is_exact()


def _on(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")
