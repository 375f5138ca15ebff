"""Fits of one schedule to some points: the member of a sequence, in its own time.

Every fit is a guess: the caller compares it with the log. Numbers have as few digits as the tolerance allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..classes.definition import Array
from ..scenarios.values import Scenario, number
from .alterations import simplest

FEW = 160  # points of a fit
GRID, ROUNDS = 200, 8  # lengths to try at once, and how often the grid gets finer
LONGEST, OF_COSINE, FARTHEST = 8, 64, 1024  # times the log: lengths in general, of a cosine, and if a rate is known
POWERS = (2.0, 0.5, 3.0, 1.5, 0.9)
NEAR = 3  # tolerances by which a fit by least squares may be off
LEAST, EXACT = 4, 1e-12  # points of an inverse square root; the error of a quotient
LEVELS, HELD = 64, 3  # of a staircase, at most; and the median number of points of a level, at least


@dataclass(frozen=True)
class Points:
    """Times, rates, and how far each rate may be off.

    Times are those of a member that begins at the step ``origin``; the schedules ``known`` to fit are kept by it.
    """

    t: Array
    y: Array
    allowed: Array
    origin: int = 0
    known: dict[int, list[Scenario]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.t)

    def of(self, rows: Array | slice, begin: int = 0) -> Points:
        """Some of the points, in the time of a member that begins then."""
        rest = Points(self.t[rows] - begin, self.y[rows], self.allowed[rows])
        return replace(rest, origin=self.origin + begin, known=self.known)

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
    if (points.y <= 0).any():
        return
    slope, first = np.polyfit(points.t, np.log(points.y), 1, w=points.y / points.allowed)
    base, after = simplest(math.exp(first), points.allowed[0]), points.of(points.t > 0)
    low, high = (np.log(np.maximum(after.y + sign * after.allowed, 0) / base) / after.t for sign in (-1, 1))
    least, most = math.exp(low.max()), math.exp(high.min())
    gamma = simplest((least + most) / 2, (most - least) / 2) if least <= most else math.exp(slope)
    yield rated("ExponentialLR", base, 0, gamma=number(gamma))


def inverse_roots(points: Points) -> Iterator[Scenario]:
    """A line that rises, or none, and an inverse square root: 1/η² is a line, which may begin between two steps."""
    top = int(np.argmax(points.y))
    rest, rising = points.of(slice(top + 1, None)), points.of(slice(0, top))
    if len(rest) < LEAST or (rest.y <= 0).any() or len(rising) == 1:
        return
    slope, first = np.polyfit(rest.t, 1 / rest.y**2, 1, w=rest.y**3 / rest.allowed)
    if slope <= 0:
        return
    lengths, options = [0], {}
    if len(rising):
        rise, start = np.polyfit(rising.t, rising.y, 1)
        start = simplest(max(start, 0), rising.allowed.max())
        options = {"warmup_start_lr": number(start)} if start else {}
        between = np.arange(points.t[top - 1] + 1, points.t[top + 1] + 1)
        lengths = between[np.argsort(np.abs(start + rise * between - 1 / np.sqrt(slope * between + first)))].tolist()
    for length in lengths[:NEAR]:
        scale = length + float(first / slope)
        for timescale in filter(None, dict.fromkeys([length, *(float(f"{scale:.{d}g}") for d in range(1, 8))])):
            falling = np.sqrt(1 + (rest.t - length) / timescale)
            low, high = ((rest.y - rest.allowed) * falling).max(), ((rest.y + rest.allowed) * falling).min()
            if low <= high:
                others = {"warmup_steps": length} | ({"timescale": number(timescale)} if timescale != length else {})
                yield rated("InverseSqrtSchedule", (low + high) / 2, (high - low) / 2, **others, **options)
                return


def rated(name: str, base: float, spread: float, **others: object) -> Scenario:
    return {"class": name, "base_lr": number(simplest(base, spread)), **others}


def lines_and_cosines(points: Points) -> Iterator[Scenario]:
    slope, first = np.polyfit(points.t, points.y, 1, w=1 / points.allowed)
    base = simplest(first, points.allowed[0])
    for length, last in falls(points, _line, base) if slope < 0 else ():  # to 0, if its end is not in the log
        factors = {"start_factor": "1.0", "end_factor": number(simplest(last / base, EXACT))}
        yield rated("LinearLR", base, 0, **factors, total_iters=length)
    if slope > 0:  # its end and its base rate are not in the log
        end, spread = int(points.t[-1]), points.allowed.min() / 4
        length = roundest(end + 1, 2 * end)
        base = simplest(first + slope * length, spread)
        factor = simplest(max(first, 0) / base, spread / base)
        yield {"class": "LinearLR", "base_lr": number(base), "start_factor": number(factor), "total_iters": length}
    for length, first, last in scaled(points, _line):
        if first > 0:
            factor = simplest(last / first, points.allowed[-1] / first)
            factors = {"start_factor": "1.0", "end_factor": number(min(max(factor, 0), 1))}
            yield rated("LinearLR", first, points.allowed[0], **factors, total_iters=length)
    for length, first, last in scaled(points, _half_cosine, longest=OF_COSINE):
        base, floor = simplest(first, points.allowed[0]), simplest(max(last, 0), points.allowed[-1])
        for T_max, eta_min in (*falls(points, _half_cosine, base), (length, floor)):
            yield rated("CosineAnnealingLR", base, 0, T_max=T_max, eta_min=number(eta_min))
    for power in POWERS:
        for length, first, _ in scaled(points, partial(power_law, power), to_zero=True):
            yield rated("PolynomialLR", first, points.allowed[0], total_iters=length, power=number(power))


def power_law(power: float, x: Array) -> Array:
    remaining: Array = (1 - x) ** power
    return remaining


def _line(x: Array) -> Array:
    height: Array = 1 - x
    return height


def _half_cosine(x: Array) -> Array:
    height: Array = (1 + np.cos(np.pi * x)) / 2
    return height


def falls(points: Points, shape: Callable[[Array], Array], first: float) -> Iterator[tuple[int, float]]:
    """Lengths and floors of a fall from a known rate: with the floor 0, and with any, if the points allow that."""
    few, end = points.thinned(), max(int(points.t[-1]), 1)

    def gaps(some: Points, lengths: Array) -> tuple[Array, Array, Array]:
        """The least and the greatest fall that points allow for each length, and by how much none is allowed."""
        share = 1 - shape(np.clip(some.t / lengths[:, None], 0, 1))
        low, high = (
            np.where(share > 0, (first - some.y + sign * some.allowed) / share, sign * np.inf) for sign in (-1, 1)
        )
        low, high = low.max(axis=1), np.minimum(high.min(axis=1), first)
        return low, high, np.maximum(low, first if to_zero else 0) - high

    for to_zero in (True, False):
        lengths = np.geomspace(max(end / 64, 1), FARTHEST * end, GRID)
        for _ in range(ROUNDS):
            *_, gap = gaps(few, lengths)
            possible, best = np.flatnonzero(gap <= 0), int(np.argmin(gap))
            if len(possible) > 1 or lengths[-1] - lengths[0] < 1:
                break
            lengths = np.linspace(lengths[max(best - 2, 0)], lengths[min(best + 2, GRID - 1)], GRID)
        ends = lengths[possible[[0, -1]]] if len(possible) else lengths[[best, best]]
        least, most = max(math.floor(ends[0]), 1), math.ceil(ends[1])
        whole = np.array([roundest(least, most), *np.linspace(least, most, FEW).round()])
        low, high, gap = gaps(points, whole)
        row = int(np.argmax(gap <= 0))
        if gap[row] <= 0:
            height, spread = float(low[row] + high[row]) / 2, float(high[row] - low[row]) / 2
            yield int(whole[row]), 0.0 if to_zero else simplest(first - height, spread)


def scaled(
    points: Points, shape: Callable[[Array], Array], *, to_zero: bool = False, longest: int = LONGEST
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

    lengths = np.geomspace(max(end / 64, 1), longest * end, GRID)
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
