"""Fits of a schedule whose rate goes up again: restarts, triangles, and one cycle as torch has it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..classes.definition import Array
from ..scenarios.values import Scenario, number, string
from .alterations import simplest
from .shapes import NEAR, Points, rated, roundest

MOST_CYCLES = 32  # that grow
TURNS = 64  # turning points that are looked at
PAIRS = 4096  # of two lengths that are tried
TOTALS = 128  # lengths of one cycle that are tried at once
SHARES = (0.3, 0.1, 0.2, 0.25, 0.4, 0.5, 0.05, 0.15, 0.35, 0.45)  # of a cycle until its peak: the default first
DIVISORS = (25.0, 1e4)  # the defaults of a cycle
TINY = 1e-300  # in place of a rate that is 0


def restarts(points: Points) -> Iterator[Scenario]:
    """Cosines that begin again where the rate jumps up."""
    jumps = np.flatnonzero(np.diff(points.y) > points.allowed[1:] + points.allowed[:-1])
    if not len(jumps) or len(jumps) * 3 > len(points):
        return
    for multiple in (1, 2, 3):
        if multiple > 1 and len(jumps) > MOST_CYCLES:
            break
        counts = [k + 1 if multiple == 1 else (multiple ** (k + 1) - 1) // (multiple - 1) for k in range(len(jumps))]
        low = max(math.ceil((points.t[row] + 1) / n) for row, n in zip(jumps, counts, strict=True))
        high = min(int(points.t[row + 1]) // n for row, n in zip(jumps, counts, strict=True))
        if low > high:
            continue
        length = roundest(low, high)
        starts = np.array([0, *(length * n for n in counts)])
        cycle = np.searchsorted(starts, points.t, side="right") - 1
        heights = (1 + np.cos(np.pi * (points.t - starts[cycle]) / (length * float(multiple) ** cycle))) / 2
        weighted = np.column_stack([heights, np.ones(len(points))]) / points.allowed[:, None]
        slope, last = np.linalg.lstsq(weighted, points.y / points.allowed)[0]
        options = {"T_0": length, "T_mult": multiple, "eta_min": number(simplest(max(last, 0), points.allowed.min()))}
        yield rated("CosineAnnealingWarmRestarts", last + slope, points.allowed[0], **options)


def triangles(points: Points) -> Iterator[Scenario]:
    """A rate that goes up and down between two bounds, at least once and up again."""
    rows, signs = _turns(points)
    if len(signs) < 3 or signs[0] < 0:
        return
    brackets = [(int(points.t[before]), int(points.t[after])) for before, after in rows]
    peaks, valleys = brackets[::2], brackets[1::2]
    low = max(math.ceil(first / (k + 1)) for k, (first, _) in enumerate(valleys))
    high = min(last // (k + 1) for k, (_, last) in enumerate(valleys))
    pairs = []
    for period in range(max(low, 2), high + 1):
        first = max(begin - k * period for k, (begin, _) in enumerate(peaks))
        last = min(end - k * period for k, (_, end) in enumerate(peaks))
        pairs += [(up, period - up) for up in range(max(first, 1), min(last, period - 1) + 1)]
        if len(pairs) > PAIRS:
            return
    pairs.sort(key=lambda pair: sum(len(str(length).rstrip("0")) for length in pair))
    for mode in ("triangular", "triangular2", "exp_range"):
        if triangles := next(filter(None, (_triangle(points, up, down, mode) for up, down in pairs)), None):
            yield triangles


def _turns(points: Points) -> tuple[list[tuple[int, int]], Array]:
    """Between which rows the rate turns; and the directions: rounded rates do not turn where exact ones do not."""
    moving = np.flatnonzero(np.diff(points.y))
    signs = np.sign(np.diff(points.y)[moving])
    turning = np.flatnonzero(np.diff(signs))[:TURNS]
    rows = [(int(moving[k]), int(moving[k + 1]) + 1) for k in turning]
    return rows, signs[[0, *(turning + 1)]] if len(signs) else signs


def _triangle(points: Points, up: int, down: int, mode: str) -> Scenario | None:
    few = points.thinned()

    def heights(t: Array) -> Array:
        r = t % (up + down)
        return np.where(r <= up, r / up, (up + down - r) / down)

    shape, options = heights(few.t), {}
    if mode == "triangular2":
        shape = shape * 0.5 ** (few.t // (up + down))
    if mode == "exp_range":
        low = points.y[heights(points.t) == 0]
        high = (shape > 0.2) & (few.y > low[0]) if len(low) else np.zeros(len(few), bool)
        if np.count_nonzero(high) < 3:
            return None
        rising = few.y[high] - low[0]
        slope, _ = np.polyfit(few.t[high], np.log(rising / shape[high]), 1, w=rising / few.allowed[high])
        gamma, spread = math.exp(float(slope)), float(few.allowed[high].max() / rising.max() / few.t[-1])
        gamma = simplest(gamma, spread * len(few))
        if gamma >= 1:
            return None
        shape, options = shape * gamma**few.t, {"gamma": number(gamma)}
    weighted = np.column_stack([shape, np.ones(len(few))]) / few.allowed[:, None]
    height, base = np.linalg.lstsq(weighted, few.y / few.allowed)[0]
    if not few.agree(base + height * shape) or height <= 0:
        return None
    base = simplest(float(base), float(points.allowed[0]))
    top = simplest(base + float(height), float(points.allowed[np.argmax(points.y)]))
    lengths = {"step_size_up": up, **({} if up == down else {"step_size_down": down})}
    modes = {} if mode == "triangular" else {"mode": string(mode)}
    return {"class": "CyclicLR", "base_lr": number(base), "max_lr": number(top), **lengths, **modes, **options}


def one_cycles(points: Points, *, torch: bool = False) -> Iterator[Scenario]:
    """A rise, and a cosine to the end. Under the convention torch, the rise is a cosine, and both end a step sooner."""
    top = int(np.argmax(points.y))
    highest = np.flatnonzero(points.y == points.y[top])
    if not highest[0] or highest[-1] == len(points) - 1:
        return
    before, after = points.t[highest[0] - 1] + torch, points.t[highest[-1] + 1] + torch
    least = points.t[-1] if torch else 2
    for share in SHARES:
        low, high = max(math.ceil(before / share), int(least), math.ceil(torch / share) + 1), math.floor(after / share)
        if low <= high and (total := _total(points.thinned(), share, low, high, torch)):
            yield _one_cycle(points, share, total, float(points.allowed[top]), torch)
            return


def _total(few: Points, share: float, low: int, high: int, torch: bool) -> int | None:
    """The length of one cycle with which it agrees: by finer grids."""
    while True:
        totals = np.unique(np.linspace(low, high, TOTALS).astype(np.int64))
        shapes, rates = _cycles(few, share, totals, torch)
        errors = (np.abs(np.einsum("nmk,nk->nm", shapes, rates) - few.y) / few.allowed).max(axis=1)
        errors[rates[:, 0] < 0] = np.inf
        best, step = int(np.argmin(errors)), math.ceil((high - low) / TOTALS)
        if high - low < TOTALS:
            good = totals[errors <= 1]
            total = roundest(int(good[0]), int(good[-1])) if len(good) else int(totals[best])
            return total if errors[best] <= NEAR else None
        low, high = max(low, int(totals[best]) - 2 * step), min(high, int(totals[best]) + 2 * step)


def _cycles(points: Points, share: float, totals: Array, torch: bool) -> tuple[Array, Array]:
    """The shapes of cycles of some lengths, and the first, highest and last rates with which they come nearest."""
    ends = totals[:, None] - int(torch)
    peaks = share * totals[:, None] - int(torch)
    risen = np.minimum(points.t / peaks, 1)
    along = np.clip((points.t - peaks) / (ends - peaks), 0, None if torch else 1)
    risen, fallen = (1 - np.cos(np.pi * risen)) / 2 if torch else risen, (1 - np.cos(np.pi * along)) / 2
    shapes = np.stack([1 - risen, risen - fallen, fallen], axis=-1)
    weights = points.allowed.min() / points.allowed
    rates: Array = np.linalg.pinv(shapes * weights[:, None]) @ (points.y * weights)
    return shapes, rates


def _one_cycle(points: Points, share: float, total: int, spread: float, torch: bool) -> Scenario:
    """The cycle of some length, with the default for each divisor that it allows."""
    first, most, last = np.maximum(_cycles(points.thinned(), share, np.array([total]), torch)[1][0], TINY).tolist()
    divisors = []
    divided = ((most, first, 0), (first if torch else most, last, -1))
    for (highest, rate, row), default in zip(divided, DIVISORS, strict=True):
        value, far = highest / rate, highest / rate * float(points.allowed[row]) / rate
        divisors.append(default if abs(value - default) <= far or rate == TINY else simplest(value, far))
    return {
        "class": "OneCycleLR",
        "max_lr": number(simplest(most, spread)),
        "total_steps": total,
        "pct_start": number(share),
        "div_factor": number(divisors[0]),
        "final_div_factor": number(divisors[1]),
    }
