"""Punctuation."""


def end():
    """The mark that ends a sentence."""
    return "!"
