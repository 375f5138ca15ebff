"""The curves that schedules are made of, in a form that neither cancels nor overflows on its way to a finite rate."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

HUGE = 2**1000  # an exponent beyond it fits no float, and has no other power


def progress(done: int, total: int) -> Fraction:
    """Return which part of a way of `total` steps is done, at most all of it. A way of no length is over."""
    return Fraction(min(done, total), total) if total else Fraction(1)


def line(start: float, end: float, x: Fraction) -> float:
    """Return the point at `x` in [0, 1] on a line. Both ends are exact."""
    return start * float(1 - x) + end * float(x)


def cosine(start: float, end: float, x: Fraction) -> float:
    """Return the point at `x` in [0, 1] on half a cosine. Both ends are exact."""
    # The two weights add up to 1. As squared sines neither of them cancels.
    return start * math.sin(math.pi / 2 * float(1 - x)) ** 2 + end * math.sin(math.pi / 2 * float(x)) ** 2


def power(factor: float, exponent: float) -> float:
    try:
        return math.pow(factor, min(exponent, HUGE))
    except OverflowError:
        return math.inf


def geometric(base: float, factor: float, exponent: float) -> float:
    """Return `base * factor**exponent`, also where the power alone is out of the range of floats."""
    scale = power(factor, exponent)
    if base == 0 or sys.float_info.min <= scale < math.inf:
        return base * scale if base else 0.0
    return power(2.0, math.log2(base) + min(exponent, HUGE) * math.log2(factor))


def rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
