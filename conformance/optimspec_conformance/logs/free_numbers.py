"""The numbers of a schedule that a log does not determine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..classes.domains import Refused
from ..scenarios.values import Json, Scenario, decode, number
from .alterations import with_value
from .comparison import Tolerance, compare
from .conventions import Reading
from .curve import Curve
from .errors import LogError
from .log import Log
from .spec import check

FAR = 64  # times a length, and the length is free


def unfinished(config: Scenario, log: Log) -> Iterator[str]:
    """What is unknown about a line whose end is not in the log."""
    starts = [0, *config.get("milestones", [])]
    last, start = config.get("schedulers", [config])[-1], starts[-1]
    if last["class"] == "LinearLR" and log.last_step < start + last["total_iters"]:
        yield "total_iters and end_factor of the last line, only its slope: the log ends before it"


def free(config: Scenario, reading: Reading, log: Log, tolerance: Tolerance) -> Iterator[str]:
    """The numbers of a schedule that the log leaves open, and the ranges in which they can be."""

    def agrees(path: tuple[Any, ...], value: Json) -> bool:
        try:
            changed = with_value(config, path, value)
            check(changed)
            return compare(log, Curve(changed, 0, reading), tolerance).first is None
        except (LogError, Refused, ArithmeticError, ValueError):
            return False

    def end(path: tuple[Any, ...], value: int, sign: int) -> int:
        """How far a number can go in one direction, by doubling and then halving the step."""
        reach, step = 0, 1
        while step <= FAR * value and agrees(path, value + sign * (reach + step)):
            reach, step = reach + step, 2 * step
        while step := step // 2:
            if agrees(path, value + sign * (reach + step)):
                reach += step
        return value + sign * reach

    yield from unfinished(config, log)
    for path, value in numbers(config):
        if not isinstance(value, int):
            continue
        low, high = end(path, value, -1), end(path, value, 1)
        if (low, high) != (value, value):
            most = "any larger number" if high > FAR * value else str(high)
            yield f"{name(path)}, from {low} to {most}"
    for path, value in numbers(config):
        if isinstance(value, float) and all(agrees(path, number(other)) for other in (value / 2, value * 2)):
            yield f"{name(path)}: half and twice as much would do"


def name(path: tuple[Any, ...]) -> str:
    """The name of a parameter at some place in a schedule."""
    return str(path[-1]) if isinstance(path[-1], str) else f"{path[-2]}[{path[-1]}]"


def numbers(config: Scenario, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], float]]:
    """The positive numbers of a schedule and of its members, and where they stand."""
    for key, value in config.items():
        for i, entry in enumerate(value if isinstance(value, list) else [value]):
            place = (*path, key, i) if isinstance(value, list) else (*path, key)
            if isinstance(entry, dict) and "class" in entry:
                yield from numbers(entry, place)
            elif isinstance(entry, int | str) and key != "class" and decode(entry) > 0:
                yield place, decode(entry)
