"""Words."""

import os

from mini.marks import end


def say(word):
    """Finish a word with its mark; louder if the reader asks for it."""
    spoken = word.upper() if os.environ.get("MINI_LOUD") else word
    return spoken + end()
