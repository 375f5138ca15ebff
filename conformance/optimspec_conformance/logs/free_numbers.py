"""The numbers of a schedule that a log does not determine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import getitem

from ..classes.catalogue import SCHEDULES
from ..classes.domains import Refused
from ..scenarios.values import Json, Scenario, decode, number
from .alterations import LENGTHS, Path, with_value
from .comparison import Tolerance, compare
from .conventions import Reading
from .curve import Curve
from .errors import LogError
from .log import Log
from .spec import check

FAR = 64  # times a length, and the length is free
FLOORS = ("eta_min", "final_div_factor")
ONE, TINY = 1e-3, 1e-300  # floors: one from which its effect is known, and one in place of 0


def unfinished(config: Scenario, log: Log) -> Iterator[str]:
    """What is unknown about a line whose end is not in the log."""
    starts = [0, *config.get("milestones", [])]
    last, start = config.get("schedulers", [config])[-1], starts[-1]
    if last["class"] == "LinearLR" and log.last_step < start + last["total_iters"]:
        end = "end_factor" if "end_factor" in last else "base_lr"
        yield f"total_iters and {end} of the last line, only its slope: the log ends before it"


def free(config: Scenario, reading: Reading, log: Log, tolerance: Tolerance) -> Iterator[str]:
    """The numbers of a schedule that could also be others, and what these are; a length also with another floor."""

    def agrees(path: Path, value: Json, floor: Path | None = None) -> bool:
        try:
            changed = with_value(config, path, value)
            if floor:
                changed = with_value(changed, floor, number(solved(changed, floor)))
            check(changed)
            return compare(log, Curve(changed, 0, reading), tolerance).first is None
        except (LogError, Refused, ArithmeticError, ValueError):
            return False

    def solved(config: Scenario, floor: Path) -> float:
        """The floor in the middle of those that the rates allow: these are linear in it, or in its inverse."""
        sign = -1 if floor[-1] == "final_div_factor" else 1
        one, two = (
            Curve(with_value(config, floor, number((n * ONE) ** sign)), 0, reading)(log.steps) for n in (1.0, 2.0)
        )
        slopes = (two - one) / ONE
        rows = slopes > 0
        missing, allowed = (log.rates - one)[rows] / slopes[rows], tolerance.allowed(log.rates)[rows] / slopes[rows]
        low, high = (missing - allowed).max(), (missing + allowed).min()
        return max(float(ONE + (low + high) / 2), TINY if sign < 0 else 0.0) ** sign

    def end(path: Path, value: int, sign: int, floor: Path | None = None) -> int:
        """How far a number can go in one direction, by doubling and then halving the step."""
        reach, step = 0, 1
        while step <= FAR * value and agrees(path, value + sign * (reach + step), floor):
            reach, step = reach + step, 2 * step
        while step := step // 2:
            if agrees(path, value + sign * (reach + step), floor):
                reach += step
        return value + sign * reach

    yield from unfinished(config, log)
    for path, value in numbers(config):
        if not isinstance(value, int):
            continue
        floor = floor_of(config, path[:-1]) if path[-1] in LENGTHS else None
        low, high = end(path, value, -1), end(path, value, 1)
        together = floor and (end(path, value, -1, floor), end(path, value, 1, floor))
        if floor and together and (together[0] < low or together[1] > high):
            yield f"{name(path)}, {between(together[0], together[1], value)}, with another {floor[-1]}"
        elif (low, high) != (value, value):
            yield f"{name(path)}, {between(low, high, value)}"
    for path, value in numbers(config):
        if isinstance(value, float) and all(agrees(path, number(other)) for other in (value / 2, value * 2)):
            yield f"{name(path)}: half and twice as much would do"


def between(low: int, high: int, value: int) -> str:
    return f"from {low} to {'any larger number' if high > FAR * value else high}"


def floor_of(config: Scenario, path: Path) -> Path | None:
    """Where the floor of the schedule at a place stands, if it has one."""
    schedule = reduce(getitem, path, config)
    return next(((*path, floor) for floor in FLOORS if floor in SCHEDULES[schedule["class"]].parameters), None)


def name(path: Path) -> str:
    """The name of a parameter at some place in a schedule."""
    return str(path[-1]) if isinstance(path[-1], str) else f"{path[-2]}[{path[-1]}]"


def numbers(config: Scenario, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """The positive numbers of a schedule and of its members, and where they stand."""
    for key, value in config.items():
        for i, entry in enumerate(value if isinstance(value, list) else [value]):
            place = (*path, key, i) if isinstance(value, list) else (*path, key)
            if isinstance(entry, dict) and "class" in entry:
                yield from numbers(entry, place)
            elif isinstance(entry, int | str) and key != "class" and decode(entry) > 0:
                yield place, decode(entry)
