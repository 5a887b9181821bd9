"""A dot plot of one number and its replications, as SVG that stands in a page: a row each, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, ROW, LEFT, RIGHT = 440, 20, 96, 12


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A row: what it is called, its value, and the ends of its interval or None."""

    label: str
    value: float
    ci: tuple[float, float] | None


def plot(dots: Sequence[Dot], ends: tuple[str, str], said: str) -> str:
    """Draw values below each other on one scale; the first is the one that the others are compared with.

    Args:
        dots: the rows.
        ends: what the ends of the scale are called.
        said: the picture in words, for who does not see it.

    Returns:
        An `<svg>` element in the colours of the text around it.
    """
    low, high = scale(dots)
    span = high - low or 1.0

    def x(value: float) -> str:
        share = (value - low) / span if high > low else 0.5
        return f"{LEFT + share * (WIDTH - LEFT - RIGHT):.1f}"

    height = ROW * len(dots) + 22
    parts = [f'<svg class="bookkit-dots" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(said)}" '
             'focusable="false">']
    if dots[0].ci:
        first, last = (float(x(end)) for end in dots[0].ci)
        parts.append(f'<rect class="bookkit-dots-band" x="{first:.1f}" y="0" width="{max(last - first, 1):.1f}" '
                     f'height="{ROW * len(dots)}"/>')
    for row, dot in enumerate(dots):
        y = ROW * row + ROW / 2
        parts.append(f'<text x="0" y="{y + 4:g}">{escape(dot.label)}</text>')
        if dot.ci:
            parts.append(f'<line x1="{x(dot.ci[0])}" x2="{x(dot.ci[1])}" y1="{y:g}" y2="{y:g}"/>')
        shape = ' class="bookkit-dots-first"' if row == 0 else ""
        parts.append(f'<circle{shape} cx="{x(dot.value)}" cy="{y:g}" r="4.5"/>')
    line = ROW * len(dots) + 2
    foot = line + 13
    parts.append(f'<line class="bookkit-dots-scale" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{line}" y2="{line}"/>')
    parts.append(f'<text x="{LEFT}" y="{foot}">{escape(ends[0])}</text>'
                 f'<text x="{WIDTH - RIGHT}" y="{foot}" text-anchor="end">{escape(ends[1])}</text></svg>')
    return "".join(parts)


def scale(dots: Sequence[Dot]) -> tuple[float, float]:
    """The smallest and the largest number of a plot."""
    numbers = [number for dot in dots for number in (dot.value, *(dot.ci or ()))]
    return min(numbers), max(numbers)
