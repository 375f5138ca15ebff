"""Proposes schedules that give a log: the simplest first, with what the log does not determine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..classes.domains import Refused
from ..scenarios.values import Json, Scenario, classes, decode, number
from .alterations import simplest, with_value
from .comparison import Comparison, Tolerance, compare
from .curve import Curve
from .errors import LogError
from .log import Log
from .shapes import Points, fits, roundest
from .spec import check, python

SHOWN, NEAREST = 4, 2  # proposals that agree, and others where none does
LEAST = 3  # points that a schedule must explain, at least
TRIED = 16  # steps at which a member may begin
FAR = 64  # times a length, and the length is free


@dataclass(frozen=True)
class Proposal:
    """A schedule that gives a log, how well it does, and the parameters that could have other values.

    A ``formula`` stands for a curve that no class of the specification has; it has no configuration.
    """

    comparison: Comparison
    config: Scenario | None = None
    free: tuple[str, ...] = ()
    formula: str = ""

    @property
    def agrees(self) -> bool:
        return self.comparison.first is None

    @property
    def complexity(self) -> int:
        """How many names and values it has."""
        return self.text.count("=") + self.text.count(",")

    @property
    def text(self) -> str:
        return self.formula if self.config is None else python(self.config)

    def lines(self) -> Iterator[str]:
        yield f"{'agrees' if self.agrees else 'comes near'}: {self.text}"
        differing = "" if self.agrees else f"; {self.comparison.differing} of {self.comparison.points} points differ"
        yield f"  worst error {self.comparison.worst:.3g}, at step {self.comparison.worst_step}{differing}"
        yield from (f"  not known: {free}" for free in self.free)

    def data(self) -> Json:
        return {
            "schedule": None if self.config is None else self.text,
            "formula": self.formula or None,
            "agrees": self.agrees,
            "worst": {"error": self.comparison.worst, "step": self.comparison.worst_step},
            "free": list(self.free),
        }


@dataclass(frozen=True)
class Proposals:
    """The proposals that agree with a log, the simplest first; if there are none, those that come nearest.

    ``log`` is the one that was compared: its steps may be counted otherwise than in the file.
    """

    all: list[Proposal]
    log: Log

    @property
    def agrees(self) -> bool:
        return any(proposal.agrees for proposal in self.all)

    def lines(self) -> Iterator[str]:
        """The proposals in words."""
        if self.log.counted:
            yield self.log.counted
        yield from (line for proposal in self.all for line in proposal.lines())
        if not self.all:
            yield "no schedule comes near"

    def data(self) -> Json:
        """The proposals for a program."""
        return {"counted": self.log.counted or None, "proposals": [proposal.data() for proposal in self.all]}


def propose(log: Log, fixed: float | None = None) -> Proposals:
    """Propose schedules for a log, which may count its steps from 1. Raises LogError if it has too few points."""
    proposals = _propose(log, fixed)
    if not proposals.agrees and not log.counted and log.steps.min() > 0:
        counted = "with --first-step 1, as if the log counted from 1:"
        from_one = _propose(replace(log, steps=log.steps - 1, counted=counted), fixed)
        return from_one if from_one.agrees else proposals
    return proposals


def _propose(log: Log, fixed: float | None) -> Proposals:
    tolerance = Tolerance(log.printed, float(np.abs(log.rates).max()), fixed)
    steps, rows = np.unique(log.steps, return_index=True)
    rates = log.rates[rows]
    points = Points(steps, rates, np.maximum(tolerance.allowed(rates), 1e-15 * tolerance.highest))
    if len(points) < LEAST:
        raise LogError(f"{len(points)} different steps are too few to propose a schedule")
    proposals: list[Proposal] = []
    with np.errstate(all="ignore"):
        for stage in (fits, after_level, after_warmup):  # if a simpler one agrees, the others are not needed
            agreeing_kinds: set[tuple[str, ...]] = set()
            for config in stage(points):
                kind = tuple(classes(config))
                if kind not in agreeing_kinds and len(agreeing_kinds) < SHOWN and _is_accepted(config):
                    proposals.append(Proposal(compare(log, Curve(config), tolerance), config))
                    agreeing_kinds |= {kind} if proposals[-1].agrees else set()
            if agreeing_kinds:
                break
        proposals += inverse_root(log, points, tolerance)
    agreeing = sorted((proposal for proposal in proposals if proposal.agrees), key=lambda proposal: proposal.complexity)
    if not agreeing:
        return Proposals(sorted(proposals, key=lambda proposal: proposal.comparison.differing)[:NEAREST], log)
    with_free = [replace(proposal, free=tuple(free(proposal.config, log, tolerance))) for proposal in agreeing]
    return Proposals(with_free, log)


def _is_accepted(config: Scenario) -> bool:
    try:
        check(config)
    except LogError:
        return False
    return True


def sequence(members: list[Scenario], milestones: list[int]) -> Scenario:
    """A sequence of members; one that is itself a sequence is replaced by its members."""
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
    """A line that rises, and what follows where it ends."""
    first, rate = points.t[0], points.y[0]
    if points.y[1] <= rate + points.allowed[0]:
        return

    def is_line(row: int) -> bool:
        """Whether the line from the first point to a row meets those between."""
        slope = (points.y[row] - rate) / (points.t[row] - first)
        errors = np.abs(rate + slope * (points.t[:row] - first) - points.y[:row])
        return bool((errors <= points.allowed[:row] + points.allowed[0] + points.allowed[row]).all())

    on_line, end = 1, len(points)
    while on_line + 1 < end:  # the longest line, by bisection
        middle = (on_line + end) // 2
        on_line, end = (middle, end) if is_line(middle) else (on_line, middle)
    on_line += 1
    for begin in begins(points, on_line):
        yield from _warmed(points, begin)


def begins(points: Points, row: int) -> list[int]:
    """Where a member may begin if the previous one has ended by a row: round numbers first."""
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


def inverse_root(log: Log, points: Points, tolerance: Tolerance) -> Iterator[Proposal]:
    """A rate that falls with the square root of the time, held or warmed up before: no class has it."""
    top = int(np.argmax(points.y))
    flat = np.flatnonzero(np.abs(points.y - points.y[top]) <= points.allowed + points.allowed[top])
    begin = int(points.t[flat[-1]])
    if begin < 1 or len(points) - flat[-1] < LEAST + 1:
        return
    scale = simplest(float(points.y[-1] * np.sqrt(points.t[-1])), float(points.allowed[-1] * np.sqrt(points.t[-1])))

    class Root:
        def __call__(self, times: Any, /) -> Any:
            return scale / np.sqrt(np.maximum(times, 1))

        exact = __call__

    comparison = compare(log.at(np.flatnonzero(log.steps >= begin)), Root(), tolerance)
    if comparison.first is None:
        rate = simplest(scale / np.sqrt(begin), float(points.allowed[top]))
        text = f"inverse square root: {rate:g}·√({begin}/t) from step {begin} on; no class of the specification has it"
        yield Proposal(comparison, None, (), text)


def unfinished(config: Scenario, log: Log) -> Iterator[str]:
    """What is not known of a line whose end is not in the log."""
    starts = [0, *config.get("milestones", [])]
    last, start = config.get("schedulers", [config])[-1], starts[-1]
    if last["class"] == "LinearLR" and log.last_step < start + last["total_iters"]:
        yield "total_iters and end_factor of the last line, only its slope: the log ends before it"


def free(config: Scenario | None, log: Log, tolerance: Tolerance) -> Iterator[str]:
    """The whole numbers of a schedule that could have other values, and their ranges."""
    if config is None:
        return

    def agrees(path: tuple[Any, ...], value: int) -> bool:
        try:
            changed = with_value(config, path, value)
            check(changed)
            return compare(log, Curve(changed), tolerance).first is None
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
    for path, value in whole_numbers(config):
        low, high = end(path, value, -1), end(path, value, 1)
        if (low, high) != (value, value):
            most = "any larger number" if high > FAR * value else str(high)
            name = path[-1] if isinstance(path[-1], str) else f"{path[-2]}[{path[-1]}]"
            yield f"{name}, from {low} to {most}"


def whole_numbers(config: Scenario, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], int]]:
    for name, value in config.items():
        for i, entry in enumerate(value if isinstance(value, list) else [value]):
            full_path = (*path, name, i) if isinstance(value, list) else (*path, name)
            if isinstance(entry, dict) and "class" in entry:
                yield from whole_numbers(entry, full_path)
            elif isinstance(entry, int) and entry > 0:
                yield full_path, entry
