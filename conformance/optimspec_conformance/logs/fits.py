"""Fits of whole schedules to some points: one member, or a level or a warm-up and what follows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..scenarios.values import Scenario, decode, number
from .alterations import simplest
from .cycles import one_cycles, restarts, triangles
from .shapes import Points, exponentials, inverse_roots, lines_and_cosines, roundest, staircases

LEAST = 3  # points that a schedule must explain
TRIED = 16  # steps at which a member may begin


def sequence(members: list[Scenario], milestones: list[int]) -> Scenario:
    """Members in their order; a sequence within it is taken apart."""
    flat: list[Scenario] = []
    ends: list[int] = []
    for start, member in zip([0, *milestones], members, strict=True):
        flat += member.get("schedulers", [member])
        ends += [start, *(start + end for end in member.get("milestones", []))]
    return {"class": "SequentialLR", "schedulers": flat, "milestones": ends[1:]}


def after_level(points: Points) -> Iterator[Scenario]:
    """A rate that is held, and then falls."""
    held = int(np.argmax(np.abs(points.y - points.y[0]) > points.allowed + points.allowed[0]))
    if not held or len(points) - held < LEAST:
        return
    for begin in begins(points, held):
        level = points.of(points.t < begin).level
        if level is None or begin <= points.t[LEAST - 1]:
            continue
        hold = {"class": "ConstantLR", "base_lr": number(level), "factor": "1.0", "total_iters": 0}
        for member in fits(points.of(points.t >= begin, begin)):
            yield sequence([hold, member], [begin])


def after_warmup(points: Points) -> Iterator[Scenario]:
    """A line that rises, and what follows where it ends, which may be between two steps."""
    yield from one_cycles(points)
    yield from inverse_roots(points)
    for begin in warmup_ends(points):
        yield from _warmed(points, begin)


def warmup_within(points: Points) -> Iterator[Scenario]:
    """A line that rises in place of the first part of a cosine, under the convention timm."""
    for begin in warmup_ends(points):
        rising = points.of(points.t < begin)
        if len(rising) < 2 or len(points) - len(rising) < LEAST:
            continue
        slope = (rising.y[-1] - rising.y[0]) / (rising.t[-1] - rising.t[0])
        start = max(float(rising.y[0] - slope * rising.t[0]), 0)
        for cosine in lines_and_cosines(points.of(points.t >= begin)):
            if cosine["class"] == "CosineAnnealingLR":
                base = float(decode(cosine["base_lr"]))
                factor = simplest(start / base, float(rising.allowed[0]) / base)
                line = {"base_lr": number(base), "start_factor": number(factor), "total_iters": begin}
                yield sequence([{"class": "LinearLR", **line}, cosine], [begin])


def warmup_ends(points: Points) -> list[int]:
    """Where a line that rises from the first point on may end."""
    first, rate = points.t[0], points.y[0]
    if points.y[1] <= rate + points.allowed[0]:
        return []

    def is_line(row: int) -> bool:
        """Whether the line from the first point to a row meets those between."""
        slope = (points.y[row] - rate) / (points.t[row] - first)
        errors = np.abs(rate + slope * (points.t[:row] - first) - points.y[:row])
        return bool((errors <= points.allowed[:row] + points.allowed[0] + points.allowed[row]).all())

    on_line, end = 1, len(points)
    while on_line + 1 < end:  # the longest line, by bisection
        middle = (on_line + end) // 2
        on_line, end = (middle, end) if is_line(middle) else (on_line, middle)
    return begins(points, on_line + 1)


def begins(points: Points, row: int) -> list[int]:
    """Where a member may begin if the one before it has ended by a row: round numbers first."""
    low, high = int(points.t[max(row - 4, 1)]), int(points.t[min(row, len(points) - 1)])
    if high - low > TRIED:
        low = int(points.t[row - 1])
    ends = (low, low + 1, high - 1, high, roundest(low + 1, high))
    near = range(max(low, 1), high + 1) if high - low <= TRIED else ends
    return sorted(set(near), key=lambda begin: (len(str(begin).rstrip("0")), begin))


def _warmed(points: Points, length: int) -> Iterator[Scenario]:
    """A warm-up of some length, and what follows."""
    rest = points.of(points.t >= length, length)
    rising = points.of(points.t < length)
    if len(rest) < LEAST or len(rising) < 2:
        return
    slope = (rising.y[-1] - rising.y[0]) / (rising.t[-1] - rising.t[0])
    start = simplest(max(float(rising.y[0] - slope * rising.t[0]), 0), float(rising.allowed[0]))
    for member in [*fits(rest), *after_level(rest)]:
        head = member["schedulers"][0] if "schedulers" in member else member
        if "base_lr" not in head:
            continue
        base = float(decode(head["base_lr"]))
        if not base:
            continue
        factor = simplest(start / base, float(points.allowed[0]) / base)
        warmup = {"class": "LinearLR", "base_lr": number(base), "start_factor": number(factor), "total_iters": length}
        yield sequence([warmup, member], [length])
        if member["class"] == "CosineAnnealingLR":
            total, floor = length + member["T_max"], float(decode(member["eta_min"]))
            options = {"warmup_start_lr": number(start), "eta_min": number(floor)}
            yield {
                "class": "WarmupCosineSchedule",
                "base_lr": number(base),
                "warmup_steps": length,
                "total_steps": total,
                **{name: value for name, value in options.items() if decode(value)},
            }
            if start and floor:
                divisors = {"div_factor": base / start, "final_div_factor": base / floor}
                yield {
                    "class": "OneCycleLR",
                    "max_lr": number(base),
                    "total_steps": total,
                    "pct_start": number(length / total),
                    **{name: number(float(f"{value:.12g}")) for name, value in divisors.items()},
                }


def fits(points: Points) -> list[Scenario]:
    """Schedules that may give all points from a step on, the simplest first."""
    if points.origin not in points.known:
        points.known[points.origin] = list(_fits(points))
    return points.known[points.origin]


def _fits(points: Points) -> Iterator[Scenario]:
    if points.level is not None:
        yield {"class": "ConstantLR", "base_lr": number(points.level), "factor": "1.0", "total_iters": 0}
        return
    yield from staircases(points)
    yield from exponentials(points)
    yield from lines_and_cosines(points)
    yield from restarts(points)
    yield from triangles(points)
