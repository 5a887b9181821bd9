"""How a number is written, in one form everywhere: prose, result pages, citations.

Intervals are written with the word "to", which a screen reader speaks and which survives negative ends; minus signs are
real minus signs; powers of ten are written out. Units follow a no-break space; the percent sign follows its number
directly.
"""

import re

NBSP = "\N{NO-BREAK SPACE}"
MOST = 100
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_EXPONENT = re.compile(r"e([+-]?)0*(\d+)$")


def apply(spec: str, number: int | float) -> str:
    """Write a number by a Python format specification.

    Args:
        spec: for example ".1%", ".3f", "d" or ".1e"; a whole float may be written with "d".
        number: finite.

    Returns:
        The text, with a typographic minus and powers of ten.

    Raises:
        ValueError: the specification does not fit the number, or asks for more characters than anybody reads.
    """
    # 10^9 digits take minutes and all memory.
    if any(len(digits) > 9 or int(digits) > MOST for digits in re.findall(r"\d+", spec)):
        raise ValueError(f"expected a format of at most {MOST} characters and digits, got {spec!r:.80}")
    whole = isinstance(number, float) and number.is_integer()
    try:
        text = format(int(number) if whole and spec.endswith("d") else number, spec)
    except (ValueError, OverflowError):
        raise ValueError(f"expected a format that fits {number!r:.80}, got {spec!r:.80}") from None
    exponent = _EXPONENT.search(text)
    if exponent:
        mantissa = text[:exponent.start()]
        power = exponent[1].replace("+", "") + exponent[2]
        text = "0" if number == 0 else f"{mantissa}{NBSP}×{NBSP}10" + power.translate(_SUPERSCRIPT)
    if not re.search("[1-9]", text):
        text = text.lstrip("-")  # what rounds to zero has no sign
    return re.sub(r"^-", "\N{MINUS SIGN}", text)


def quantity(spec: str, unit: str, *numbers: int | float) -> str:
    """Write one number, or two as "low to high", with the unit once."""
    text = " to ".join(apply(spec, x) for x in numbers)
    return f"{text}{NBSP}{unit}" if unit else text


def count(n: int, of: str) -> str:
    """Write a count with its plural noun, in the singular for one: "10 seeds", "1 memory"."""
    of = singular(of) if n == 1 else of
    return f"{n:,}{NBSP}{of}" if of else f"{n:,}"


def singular(of: str) -> str:
    """The singular of a plural noun, of whatever follows it: "seeds" is "seed", "memories of a run" "memory of a run"."""
    head, split, rest = of.partition(" of ")
    for plural, single in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if head.endswith(plural):
            return head[:-len(plural)] + single + split + rest
    return of
