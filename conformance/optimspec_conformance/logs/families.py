"""Falls to a floor, told as formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..classes.definition import Array
from .alterations import simplest
from .shapes import POWERS, Points, power_law, scaled

LEAST = 4  # points that a formula must explain


@dataclass(frozen=True)
class Family:
    """A formula, from some step on."""

    text: str
    begin: int
    rates: Callable[[Array], Array]

    def __call__(self, times: Array, /) -> Array:
        return self.rates(times)

    exact = __call__


def families(points: Points) -> Iterator[Family]:
    """The formulas that may give the points from the last of the highest rates on, after a line and a level."""
    top = int(np.argmax(points.y))
    flat = np.flatnonzero(np.abs(points.y - points.y[top]) <= points.allowed + points.allowed[top])
    last = int(flat[-1])
    if len(points) - last < LEAST or len(flat) <= last - flat[0] or not _is_line(points, int(flat[0])):
        return
    for row in dict.fromkeys((last, 0)):
        yield from falls(points, int(points.t[row]))


def _is_line(points: Points, row: int) -> bool:
    """Whether the points up to a row are a line."""
    ends = [0, row]
    line = np.interp(points.t[:row], points.t[ends], points.y[ends])
    allowed = points.allowed[:row] + points.allowed[0] + points.allowed[row]
    return bool((np.abs(line - points.y[:row]) <= allowed).all())


def falls(points: Points, begin: int) -> Iterator[Family]:
    """A polynomial to a floor, and 1 − √x, the last part of many a schedule."""
    rest = points.of(points.t >= begin, begin)
    since = f"(t − {begin})" if begin else "t"
    shapes: list[tuple[str, Callable[[Array], Array]]] = [
        (f"(1 − {since}/{{}})^{power:g}", partial(power_law, power)) for power in POWERS
    ]
    root = (f"(1 − √({since}/{{}}))", _one_minus_root)
    for form, shape in (*shapes, root):
        for length, first, last in scaled(rest, shape, to_zero=shape is _one_minus_root):
            floor = simplest(max(last, 0), float(rest.allowed[-1]))
            height = simplest(first - floor, float(rest.allowed[0]))
            text = f"{f'{floor:g} + ' if floor else ''}{height:g}·{form.format(length)} from step {begin} on"
            yield Family(text, begin, _fall(floor, height, shape, begin, length))


def _one_minus_root(x: Array) -> Array:
    """Of any other length it is the same with another floor: the floor must be 0."""
    remaining: Array = 1 - np.sqrt(x)
    return remaining


def _fall(
    floor: float, height: float, shape: Callable[[Array], Array], begin: int, length: int
) -> Callable[[Array], Array]:
    return lambda t: floor + height * shape(np.clip((t - begin) / length, 0, 1))
