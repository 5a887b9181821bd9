"""Arithmetic."""


def halve(number):
    """Divide by two."""
    return number / 2  # exact in binary
