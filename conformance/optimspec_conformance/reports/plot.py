"""Plots expected and observed: the value that differs, in every row of the trace."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from ..implementations.reproduction import differing_values
from ..scenarios.values import Row, Trace, decode, key_literal
from ..verdict.judge import Verdict

POINTS = 80  # of a curve
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 180, 74, 8, 8, 22
READS = {"t": "last_epoch", "base": "base_lrs[0]", "lr": "get_last_lr()[0]", "opt_lr": "current_lr"}

Points = list[list[float]]


def series(verdict: Verdict) -> dict[str, Any] | None:
    """The curves of a failure; None if it is not about a number. For a law, the other run is the expected one."""
    difference, observed, expected = verdict.difference, verdict.observed, verdict.expected
    if difference is None or observed is None or expected is None:
        return None
    what = _element(difference.what, expected, observed)
    offset = len(expected) - len(observed)  # of two runs, the last rows belong together
    rows: list[tuple[int, int, float, float]] = []
    for row, seen in enumerate(observed):
        right = expected[row + offset] if 0 <= row + offset < len(expected) else {}
        for _, value, was in differing_values(right, seen, what):
            rows.append((row, right.get("t", 0), _float(value), _float(was)))
    times = [time for _, time, _, _ in rows]
    timed = times == sorted(set(times))  # a jump back would draw the curve over itself
    points = [(float(time if timed else row), right, was) for row, time, right, was in rows]
    points = [point for point in points if all(math.isfinite(value) for value in point)]
    if len(points) < 2:
        return None
    step = math.ceil(len(points) / POINTS)
    chosen = [*points[::step], *([points[-1]] if (len(points) - 1) % step else [])]
    first = next((x for x, right, was in points if right != was), points[0][0])
    return {
        "what": what,
        "axis": "time" if timed else "operation",
        "first": first,
        "expected": [[x, right] for x, right, _ in chosen],
        "observed": [[x, was] for x, _, was in chosen],
    }


def _element(what: str, expected: Trace, observed: Trace) -> str:
    """The number that differs; a law only names the read-out, so take its first number that does."""
    if what != "weights":
        return READS.get(what, what)
    for right, seen in zip(reversed(expected), reversed(observed), strict=False):
        for element in _elements(right, seen):
            return element
    return what


def _elements(right: Row, seen: Row) -> list[str]:
    if not isinstance(right.get("weights"), list) or not isinstance(seen.get("weights"), list):
        return []
    pairs = zip(right["weights"], seen["weights"], strict=False)
    return [
        f"{key_literal(key)}[{i}]"
        for (key, one), (_, other) in pairs
        for i, (a, b) in enumerate(zip(one["data"], other["data"], strict=False))
        if a != b
    ]


def _float(value: Any) -> float:
    return float(decode(value)) if value is not None else math.nan


def svg(plot: dict[str, Any]) -> str:
    """The plot as SVG; its colours are those of the page around it."""
    both: Points = plot["expected"] + plot["observed"]
    left, right = min(x for x, _ in both), max(x for x, _ in both)
    low, high = min(y for _, y in both), max(y for _, y in both)
    span = (high - low) or abs(high) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - left) / ((right - left) or 1.0)
        up = (y - low) / span
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    def curve(name: str) -> str:
        places = [place(x, y) for x, y in plot[name]]
        line = f'<polyline class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'
        dots = places if len(places) <= 30 else []
        return line + "".join(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in dots)

    marked, _ = place(plot["first"], low)
    label = escape(f"{plot['what']}: expected and observed over {plot['axis']}")
    end = HEIGHT - BOTTOM
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f'<path class="axis" d="M{LEFT} {TOP}V{end}H{WIDTH - RIGHT}"/>'
        f'<line class="first" x1="{marked:.1f}" x2="{marked:.1f}" y1="{TOP}" y2="{end}"/>'
        f"{curve('expected')}{curve('observed')}"
        f'<text x="{LEFT - 5}" y="{TOP + 8}" text-anchor="end">{high:.4g}</text>'
        f'<text x="{LEFT - 5}" y="{end}" text-anchor="end">{low:.4g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{left:g}</text>'
        f'<text x="{(LEFT + WIDTH) / 2:g}" y="{HEIGHT - 6}" text-anchor="middle">{plot["axis"]}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{right:g}</text>'
        "</svg>"
    )
