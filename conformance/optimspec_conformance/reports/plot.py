"""Plots expected and observed: the value that differs, in every row of the trace."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from ..implementations.reproduction import differing_values
from ..scenarios.values import Row, Trace, decode, key_literal, number_name
from ..verdict.judge import Verdict

POINTS = 80  # of a curve
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 180, 74, 8, 8, 22
READS = {"t": "last_epoch", "base": "base_lrs[0]", "lr": "get_last_lr()[0]", "opt_lr": "current_lr"}

Points = list[list[float]]


def series(verdict: Verdict) -> dict[str, Any] | None:
    """The curves of a failure; None if no number differs. For a law, the other run is the expected one."""
    difference, observed, expected = verdict.difference, verdict.observed, verdict.expected
    if difference is None or observed is None or expected is None:
        return None
    what = _first_differing_number(difference.what, expected, observed)
    offset = len(expected) - len(observed)  # the last rows of two runs correspond
    rows: list[tuple[int, int, float, float]] = []
    for row, observed_row in enumerate(observed):
        expected_row = expected[row + offset] if 0 <= row + offset < len(expected) else {}
        for _, expected_value, observed_value in differing_values(expected_row, observed_row, what):
            rows.append((row, expected_row.get("t", 0), _float(expected_value), _float(observed_value)))
    times = [time for _, time, _, _ in rows]
    over_time = times == sorted(set(times))  # a jump back would draw the curve over itself
    points = [(float(time if over_time else row), exact, value) for row, time, exact, value in rows]
    points = [point for point in points if all(map(math.isfinite, point))]
    if len(points) < 2:
        return None
    step = math.ceil(len(points) / POINTS)
    thinned = [*points[::step], *([points[-1]] if (len(points) - 1) % step else [])]
    first = next((x for x, exact, value in points if exact != value), points[0][0])
    return {
        "what": what,
        "axis": "time" if over_time else "operation",
        "first": first,
        "expected": [[x, exact] for x, exact, _ in thinned],
        "observed": [[x, value] for x, _, value in thinned],
    }


def _first_differing_number(what: str, expected: Trace, observed: Trace) -> str:
    """What differs, as a number: a law names only the read-out, so take the first number that differs in it."""
    if what != "weights":
        return READS.get(what, what)
    for expected_row, observed_row in zip(reversed(expected), reversed(observed), strict=False):
        for element in _differing_elements(expected_row, observed_row):
            return element
    return what


def _differing_elements(expected: Row, observed: Row) -> list[str]:
    if not isinstance(expected.get("weights"), list) or not isinstance(observed.get("weights"), list):
        return []
    pairs = zip(expected["weights"], observed["weights"], strict=False)
    return [
        number_name(key_literal(key), array["shape"], i)
        for (key, array), (_, observed_array) in pairs
        for i, (exact, value) in enumerate(zip(array["data"], observed_array["data"], strict=False))
        if exact != value
    ]


def _float(value: Any) -> float:
    return float(decode(value)) if value is not None else math.nan


def svg(plot: dict[str, Any]) -> str:
    """The plot as SVG; its colours are those of the page around it."""
    both: Points = plot["expected"] + plot["observed"]
    left, right = min(x for x, _ in both), max(x for x, _ in both)
    low, high = min(y for _, y in both), max(y for _, y in both)
    span = (high - low) or abs(high) or 1.0

    def position(x: float, y: float) -> tuple[float, float]:
        horizontal = (x - left) / ((right - left) or 1.0)
        vertical = (y - low) / span
        return LEFT + horizontal * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - vertical * (HEIGHT - TOP - BOTTOM)

    def curve(name: str) -> str:
        positions = [position(x, y) for x, y in plot[name]]
        line = f'<polyline class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in positions)}"/>'
        dots = positions if len(positions) <= 30 else []
        return line + "".join(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in dots)

    marker, _ = position(plot["first"], low)
    label = escape(f"{plot['what']}: expected and observed over {plot['axis']}")
    end = HEIGHT - BOTTOM
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f'<path class="axis" d="M{LEFT} {TOP}V{end}H{WIDTH - RIGHT}"/>'
        f'<line class="first" x1="{marker:.1f}" x2="{marker:.1f}" y1="{TOP}" y2="{end}"/>'
        f"{curve('expected')}{curve('observed')}"
        f'<text x="{LEFT - 5}" y="{TOP + 8}" text-anchor="end">{high:.4g}</text>'
        f'<text x="{LEFT - 5}" y="{end}" text-anchor="end">{low:.4g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{left:g}</text>'
        f'<text x="{(LEFT + WIDTH) / 2:g}" y="{HEIGHT - 6}" text-anchor="middle">{plot["axis"]}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{right:g}</text>'
        "</svg>"
    )
