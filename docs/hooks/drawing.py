"""Small drawings as SVG: they take their colours from the page, and have a description in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 440, 236, 48, 12, 12, 34


@dataclass(frozen=True)
class Axis:
    """The values from ``low`` to ``high``, drawn from one place to another."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values: 1, 2 or 5 times a power of ten apart."""
        least = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(least))
        apart = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least * (1 - 1e-9))
        first, last = math.ceil(self.low / apart - 1e-9), math.floor(self.high / apart + 1e-9)
        return [number * apart for number in range(first, last + 1)]


def curve(title: str, description: str, values: Sequence[float], name: str) -> str:
    """A value at every whole number from 0 on."""
    return line(title, description, list(enumerate(values)), "t", name)


def line(title: str, description: str, points: Sequence[Point], x_name: str, y_name: str, within: str = "plot") -> str:
    """Points from left to right; ``within`` tells apart what is drawn on one page."""
    values = [y for _, y in points]
    across = Axis(points[0][0], points[-1][0], LEFT, WIDTH - RIGHT)
    up = Axis(min(0.0, *values), max(values) * 1.04 or 1.0, HEIGHT - BOTTOM, TOP)
    places = [(across.place(x), up.place(y)) for x, y in points]
    return svg(title, description, f"{_axes(across, up, x_name, y_name)}{_line(places)}{_dots(places)}", within)


def path(title: str, description: str, points: Sequence[Point], contours: str, reach: Point) -> str:
    """The path of a point, over ``contours`` in the same units; x and y have the same scale."""
    unit = (HEIGHT - TOP - BOTTOM) / (reach[1] - reach[0])
    middle = (LEFT + WIDTH - RIGHT) / 2
    half = (WIDTH - LEFT - RIGHT) / unit / 2
    across, up = Axis(-half, half, LEFT, WIDTH - RIGHT), Axis(*reach, HEIGHT - BOTTOM, TOP)
    places = [(across.place(x), up.place(y)) for x, y in points]
    moved = f"translate({middle:g} {up.place(0):g}) scale({unit:g} {-unit:g})"
    clip = f'<clipPath id="plot-area"><path d="{_frame()}"/></clipPath>'
    start = f'<circle class="start" cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="5"/>'
    inside = f'<g class="contours" transform="{moved}">{contours}</g>{_line(places)}{_dots(places)}{start}'
    axes = _axes(across, up, "x", "y")
    return svg(title, description, f'{clip}{axes}<g clip-path="url(#plot-area)">{inside}</g>')


def svg(title: str, description: str, inside: str, within: str = "plot") -> str:
    names = f"{within}-title {within}-description"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{names}">'
        f'<title id="{within}-title">{escape(title)}</title>'
        f'<desc id="{within}-description">{escape(description)}</desc>{inside}</svg>'
    )


def _frame() -> str:
    return f"M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}V{TOP}Z"


def _axes(across: Axis, up: Axis, x_name: str, y_name: str) -> str:
    """Lines and numbers at round values, and the name of each axis at its end."""
    bottom, drawn = HEIGHT - BOTTOM, []
    for value in up.ticks(5):
        y = up.place(value)
        drawn.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_shown(value)}</text>')
    for value in across.ticks():
        x = across.place(value)
        drawn.append(f'<path class="grid" d="M{x:.1f} {bottom}v4"/>')
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_shown(value)}</text>')
    drawn.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}"/>')
    drawn.append(f'<text class="name" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{x_name}</text>')
    drawn.append(f'<text class="name" x="{LEFT + 6}" y="{TOP + 8}">{y_name}</text>')
    return "".join(drawn)


def _shown(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _line(places: Sequence[Point]) -> str:
    return f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def _dots(places: Sequence[Point]) -> str:
    return "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>' for x, y in places)
