"""Fits of one schedule to some points: the member of a sequence, in its own time.

Every fit is a guess: the caller compares it with the log. Numbers have as few digits as the tolerance allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..classes.definition import Array
from ..scenarios.values import Scenario, number
from .alterations import simplest

FEW = 160  # points of a fit
GRID, ROUNDS = 200, 8  # lengths to try at once, and how often the grid gets finer
LONGEST = 8  # times the log
POWERS = (2.0, 0.5, 3.0, 1.5, 0.9)
NEAR = 3  # tolerances by which a fit by least squares may be off
LEVELS, HELD = 64, 3  # of a staircase, at most; and the median number of points of a level, at least


@dataclass(frozen=True)
class Points:
    """Times, rates, and how far each rate may be off."""

    t: Array
    y: Array
    allowed: Array

    def __len__(self) -> int:
        return len(self.t)

    def of(self, rows: Array | slice, begin: int = 0) -> Points:
        """Some of the points, in the time of a member that begins then."""
        return Points(self.t[rows] - begin, self.y[rows], self.allowed[rows])

    def thinned(self) -> Points:
        return self.of(np.unique(np.linspace(0, len(self) - 1, FEW).astype(int)))

    def agree(self, rates: Array) -> bool:
        """Whether a fit is so near that its numbers may be right once they are rounded."""
        return bool((np.abs(rates - self.y) <= NEAR * self.allowed).all())

    @property
    def level(self) -> float | None:
        """The rate of all points, if one rate explains them."""
        low, high = (self.y - self.allowed).max(), (self.y + self.allowed).min()
        return None if low > high else simplest((low + high) / 2, (high - low) / 2)


def roundest(low: int, high: int) -> int:
    """The number with the most trailing zeros from ``low`` to ``high``."""
    powers = (10**zeros for zeros in range(len(str(high)), 0, -1))
    return next((high // power * power for power in powers if high // power * power >= low), high)


def staircases(points: Points) -> Iterator[Scenario]:
    """Levels, and between them the steps at which the rate can have changed."""
    levels = [0]
    for row in range(1, len(points)):
        if abs(points.y[row] - points.y[levels[-1]]) > points.allowed[row] + points.allowed[levels[-1]]:
            levels.append(row)
            if len(levels) > LEVELS:
                return
    if len(levels) < 2:
        return
    ends = [*levels[1:], len(points)]
    if np.median(np.diff([*levels, len(points)])) < HELD:
        return
    rates = [points.of(slice(row, end)).level for row, end in zip(levels, ends, strict=True)]
    if any(rate is None for rate in rates):
        return
    values = [float(rate or 0) for rate in rates]
    brackets = [(int(points.t[row - 1]) + 1, int(points.t[row])) for row in levels[1:]]
    boundaries = [roundest(*bracket) for bracket in brackets]
    base = {"base_lr": number(values[0])}
    if values[0] and values[-1]:
        count = len(values) - 1
        gamma = (values[-1] / values[0]) ** (1 / count)
        spread = gamma * (points.allowed[-1] / values[-1] + points.allowed[0] / values[0]) / count
        gamma = simplest(gamma, spread)
        low = max(math.ceil(first / (k + 1)) for k, (first, _) in enumerate(brackets))
        high = min(last // (k + 1) for k, (_, last) in enumerate(brackets))
        if low <= high:
            yield {"class": "StepLR", **base, "step_size": roundest(low, high), "gamma": number(gamma)}
        yield {"class": "MultiStepLR", **base, "milestones": boundaries, "gamma": number(gamma)}
    yield {"class": "PiecewiseConstantSchedule", "boundaries": boundaries, "values": [number(v) for v in values]}


def exponentials(points: Points) -> Iterator[Scenario]:
    first, last = points.y[0], points.y[-1]
    if first <= 0 or last <= 0:
        return
    span = points.t[-1] - points.t[0]
    gamma = (last / first) ** (1 / span)
    error = points.allowed[0] / first + points.allowed[-1] / last
    gamma = simplest(gamma, gamma * error / span)
    base = first / gamma ** points.t[0]
    yield rated("ExponentialLR", base, points.allowed[0], gamma=number(gamma))


def rated(name: str, base: float, spread: float, **others: object) -> Scenario:
    return {"class": name, "base_lr": number(simplest(base, spread)), **others}


def lines_and_cosines(points: Points) -> Iterator[Scenario]:
    slope, first = np.polyfit(points.t, points.y, 1)
    if slope < 0:  # a line whose end is not in the log: to 0, as any other end fits as well
        spread = points.allowed[0] / -slope
        length = roundest(max(math.ceil(-first / slope - spread), 1), max(math.floor(-first / slope + spread), 1))
        yield rated("LinearLR", first, points.allowed[0], start_factor="1.0", end_factor="0.0", total_iters=length)
    for length, first, last in scaled(points, lambda x: 1 - x):
        if first > 0:
            factor = simplest(last / first, points.allowed[-1] / first)
            factors = {"start_factor": "1.0", "end_factor": number(min(max(factor, 0), 1))}
            yield rated("LinearLR", first, points.allowed[0], **factors, total_iters=length)
    for length, first, last in scaled(points, lambda x: (1 + np.cos(np.pi * x)) / 2):
        floor = simplest(max(last, 0), points.allowed[-1])
        yield rated("CosineAnnealingLR", first, points.allowed[0], T_max=length, eta_min=number(floor))
    for power in POWERS:
        for length, first, _ in scaled(points, partial(power_law, power), to_zero=True):
            yield rated("PolynomialLR", first, points.allowed[0], total_iters=length, power=number(power))


def power_law(power: float, x: Array) -> Array:
    remaining: Array = (1 - x) ** power
    return remaining


def scaled(
    points: Points, shape: Callable[[Array], Array], *, to_zero: bool = False
) -> Iterator[tuple[int, float, float]]:
    """Length, first and last rate of a shape from 1 to 0: the length by finer grids, the rates by least squares."""
    few = points.thinned()
    weights = 1 / few.allowed**2
    weights /= weights.sum()
    end = int(few.t[-1])
    if end < 2:
        return

    def fitted(lengths: Array) -> tuple[Array, Array, Array]:
        heights = shape(np.clip(few.t / lengths[:, None], 0, 1))
        mean, rate = np.zeros((len(lengths), 1)), 0.0
        if not to_zero:
            mean, rate = (heights @ weights)[:, None], float(few.y @ weights)
        spread = ((heights - mean) ** 2) @ weights
        slope = ((heights - mean) * (few.y - rate)) @ weights / np.where(spread == 0, 1, spread)
        last = rate - slope * mean[:, 0]
        errors = np.abs(slope[:, None] * heights + last[:, None] - few.y) / few.allowed
        return errors.max(axis=1), last + slope, last

    lengths = np.geomspace(max(end / 64, 1), LONGEST * end, GRID)
    for _ in range(ROUNDS):
        best = int(np.argmin(fitted(lengths)[0]))
        low, high = lengths[max(best - 2, 0)], lengths[min(best + 2, GRID - 1)]
        lengths = np.linspace(low, high, GRID)
    whole = np.arange(max(math.floor(low) - 2, 1), math.ceil(high) + 3)[: 4 * GRID]
    errors, firsts, lasts = fitted(whole.astype(float))
    good = whole[errors <= 1]
    length = roundest(int(good[0]), int(good[-1])) if len(good) else int(whole[np.argmin(errors)])
    row = int(np.argmin(np.abs(whole - length)))
    yield length, float(firsts[row]), float(lasts[row])
