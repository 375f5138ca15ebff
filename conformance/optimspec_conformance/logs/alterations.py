"""Mistakes in a schedule: other arguments, the conventions of libraries and trainers, and the faults of its classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from itertools import pairwise
from typing import Any

import numpy as np

from ..classes.catalogue import SCHEDULES
from ..classes.definition import Array
from ..classes.faults import formula
from ..faults.bank import diagnosable_faults
from ..scenarios.values import Json, Scenario, classes, decode, number
from .comparison import Tolerance
from .conventions import Reading, readings, unclamped_line, warm_up
from .curve import Curve
from .errors import LogError
from .log import Log
from .model import Mistake, Model
from .spec import check

DEFAULTS = {0.001: "the default", 5e-5: "the default of transformers"}
STARTS = ("start_factor", "warmup_start_lr")
BASES = ("base_lr", "max_lr")
WIDEST = 16  # times as long or as short, at most
SAMPLED, MANY, FEW = 8, 512, 8  # rates from which a length is determined, lengths to try, and those of a warm-up
INTERVALS = 33  # of lengths, at first
LENGTHS = ("T_max", "total_iters", "total_steps", "T_0", "decay_steps")

Path = tuple[Any, ...]  # where a parameter stands


@dataclass(frozen=True)
class Alterations:
    """A schedule with a mistake in it, for each mistake that is known."""

    config: Scenario
    group: int
    tolerance: Tolerance
    reading: Reading

    @cached_property
    def original(self) -> Curve:
        return Curve(self.config, self.group, self.reading)

    def all(self, log: Log, rows: Array) -> Iterator[Model]:
        """The schedule with other arguments, and in other conventions."""
        yield from self.other_groups()
        yield from self.conventions()
        yield from self.lengths()
        yield from self.solved(log, rows)
        yield from self.other_lengths(log, rows)
        yield from self.other_warm_ups(log, rows)
        yield from self.beyond_the_end()

    def within(self, curve: Curve) -> Alterations:
        """A second mistake in a schedule that has one."""
        return Alterations(curve.config, self.group, self.tolerance, curve.reading)

    def unsolved(self, log: Log, rows: Array) -> Iterator[Model]:
        """Other lengths and conventions."""
        yield from self.lengths()
        yield from self.conventions()
        yield from self.other_lengths(log, rows)
        yield from self.other_warm_ups(log, rows)

    def of_any_length(self, log: Log, rows: Array) -> Array:
        """The rows whose rates are the same whatever the lengths are; all rows, if there is none."""
        steps, expected, same = log.steps[rows], self.original(log.steps[rows]), np.ones(len(rows), bool)
        for path, name, value in _parameters(self.config):
            if name in LENGTHS and isinstance(value, int):
                curve = self.curve(with_value(self.config, path, value * WIDEST))
                same &= curve is None or curve(steps) == expected
        return rows[same] if same.any() else rows

    def curve(self, config: Scenario) -> Curve | None:
        try:
            check(config, self.reading.definitions)
        except LogError:
            return None
        return Curve(config, self.group, self.reading)

    def other_groups(self) -> Iterator[Model]:
        for group in range(self.original.groups):
            if group != self.group:
                text = f"follows group {group} in place of {self.group}"
                yield Model(Curve(self.config, group, self.reading), Mistake("group", text))

    def conventions(self) -> Iterator[Model]:
        """The schedule in the conventions of libraries and trainers."""
        for other in readings(self.config, self.reading):
            mistake = Mistake("convention", f"the convention {other.name}: {other.about}")
            yield Model(_Safe(self.config, self.group, other), mistake)

    def lengths(self) -> Iterator[Model]:
        """Lengths that include the warm-up although they should not, or the other way round."""
        warm_up = self.config.get("warmup_steps") or (decode(self.config.get("milestones")) or [None])[0]
        if not isinstance(warm_up, int):
            return
        for path, name, value in _parameters(self.config):
            if name in LENGTHS and isinstance(value, int) and path[:2] != ("schedulers", 0):
                for length in (value + warm_up, value - warm_up):
                    curve = self.curve(with_value(self.config, path, length))
                    how = "with the warm-up in it" if length > value else "without the warm-up"
                    if curve:
                        yield Model(curve, Mistake("total", f"{name} counted {how}: {length} in place of {value}"))

    def other_lengths(self, log: Log, rows: Array) -> Iterator[Model]:
        """Other lengths, of those that the rates which depend on them allow."""
        steps, rates = log.steps[rows], log.rates[rows]
        for path, name, value in _parameters(self.config):
            if name not in LENGTHS or not isinstance(value, int):
                continue
            curve = self.curve(with_value(self.config, path, value * WIDEST))
            if curve is None:
                continue
            depending = np.flatnonzero(np.abs(curve(steps) - self.original(steps)) > self.tolerance.allowed(rates))
            sampled = depending[:: max(len(depending) // SAMPLED, 1)]
            for length in self.lengths_with(path, value, steps[sampled], rates[sampled]) if len(sampled) else ():
                curve = self.curve(with_value(self.config, path, length))
                if (
                    curve
                    and length != value
                    and not (np.abs(curve(steps) - rates) > self.tolerance.allowed(rates)).any()
                ):
                    yield Model(curve, Mistake("length", f"{name} is {length}, not {value}"))
                    break

    def other_warm_ups(self, log: Log, rows: Array) -> Iterator[Model]:
        """A warm-up of another length; what follows is as long as before, or ends where it did."""
        length = warm_up_length(self.config)
        if not length:
            return
        first, base = self.original(np.array([0, length]))
        steps, rates = log.steps[rows], log.rates[rows]
        row = max(int(np.argmax(rates)) - 1, 0)  # the last of the warm-up, if the rate then falls
        others = np.arange(1, WIDEST * length)
        errors = np.abs(first + (base - first) * np.minimum(steps[row] / others, 1) - rates[row])
        for other in others[(errors <= self.tolerance.allowed(rates[[row]])) & (others != length)][:FEW].tolist():
            for config in with_warm_up(self.config, length, other):
                if curve := self.curve(config):
                    yield Model(curve, Mistake("length", f"the warm-up has {other} steps, not {length}"))

    def lengths_with(self, path: Path, value: int, steps: Array, rates: Array) -> list[int]:
        """The lengths with which the rates at some steps may be the logged ones: intervals that are halved.

        A rate may rise and fall with the length: an interval is left out where both its ends are too high, or too low,
        by more than the rate changes from one end to the other.
        """
        allowed = self.tolerance.allowed(rates)

        @cache
        def errors(length: int) -> Array:
            curve = self.curve(with_value(self.config, path, length))
            return np.full(len(steps), np.nan) if curve is None else curve(steps) - rates

        def may_hold(low: int, high: int) -> bool:
            least, most = np.minimum(errors(low), errors(high)), np.maximum(errors(low), errors(high))
            change = most - least
            return bool(((least - change <= allowed) & (most + change >= -allowed)).all())

        ends = np.unique(np.geomspace(max(value // WIDEST, 1), value * WIDEST, INTERVALS).astype(np.int64)).tolist()
        intervals = list(pairwise(ends))
        while any(high - low > 1 for low, high in intervals) and len(intervals) < MANY:
            halves = [(low, (low + high) // 2, high) for low, high in intervals]
            parts = [part for ends in halves for part in pairwise(dict.fromkeys(ends)) if may_hold(*part)]
            intervals = list(dict.fromkeys(parts))
        return list(dict.fromkeys(length for interval in intervals for length in interval))[:MANY]

    def solved(self, log: Log, rows: Array) -> Iterator[Model]:
        """Other base rates and starts of a warm-up: solved for, since rates are linear in them."""
        for name, paths, now in self.solvable():
            config, solution = self.solution(paths, now, log, rows)
            if config is None:
                continue
            if name in STARTS:
                transformers = " (the convention of transformers)" if solution == 0 else ""
                mistake = Mistake("start", f"the warm-up starts with {name}={solution:g}, not {now:g}{transformers}")
            elif solution in DEFAULTS:
                mistake = Mistake("base", f"base rate lost: {solution:g}, {DEFAULTS[solution]}, in place of {now:g}")
            else:
                mistake = Mistake("base", f"the base rate is {solution:g}, not {now:g}")
            curve = self.curve(config)
            if curve:
                yield Model(curve, mistake)

    def solvable(self) -> Iterator[tuple[str, list[Path], float]]:
        """Names, places and values of base rates and starts: base rates that are equal in several members first."""
        bases: dict[float, list[Path]] = defaultdict(list)
        alone = []
        for path, name, value in _parameters(self.config):
            if name in STARTS + BASES:
                if isinstance(value, list):
                    path, value = (*path, min(self.group, len(value) - 1)), value[min(self.group, len(value) - 1)]
                now = float(decode(value))
                alone.append((name, [path], now))
                if name in BASES:
                    bases[now].append(path)
        yield from ((BASES[0], paths, now) for now, paths in bases.items() if len(paths) > 1)
        yield from alone

    def solution(self, paths: list[Path], now: float, log: Log, rows: Array) -> tuple[Scenario | None, float]:
        def having(value: float) -> Scenario:
            config: Scenario = reduce(lambda config, path: with_value(config, path, number(value)), paths, self.config)
            return config

        other = now / 2 if now else 0.5
        curve = self.curve(having(other))
        if curve is None:
            return None, now
        steps, rates = log.steps[rows], log.rates[rows]
        expected = self.original(steps)
        slopes = (curve(steps) - expected) / (other - now)
        row = int(np.argmax(np.abs(slopes)))
        if not slopes[row]:
            return None, now
        value = now + float((rates[row] - expected[row]) / slopes[row])
        spread = float(self.tolerance.allowed(rates[row : row + 1])[0] / abs(slopes[row]))
        simple = simplest(value, spread)
        return (None, now) if simple == now or simple < 0 else (having(simple), simple)

    def beyond_the_end(self) -> Iterator[Model]:
        """A progress that continues beyond the end, so that rates fall below 0, or rise again."""

        def signed(t: int, b: Any, total_iters: int, power: Any) -> Any:
            remaining = 1 - t / total_iters
            return b * np.sign(remaining) * abs(remaining) ** float(power)

        def absolute(*arguments: Any, **hyper: Any) -> Any:
            return abs(unclamped_line(*arguments, **hyper))

        below = Mistake("below", "the progress goes on after the end, where it falls below 0")
        rises = Mistake("rises", "the progress goes on after the end, where the rate rises again")
        rates = (("PolynomialLR", signed, below), ("LinearLR", unclamped_line, below), ("LinearLR", absolute, rises))
        for name, rate, mistake in rates:
            if name in classes(self.config):
                changed = formula("", "", rate).change(SCHEDULES[name])
                curve = Curve(self.config, self.group, self.reading.changed(**{name: changed}))
                yield Model(curve, mistake, quick=False)

    def faults(self) -> Iterator[Model]:
        for name in dict.fromkeys(classes(self.config)):
            for fault in diagnosable_faults(name):
                changed = self.reading.changed(**{name: fault.change(self.reading.definitions[name])})
                text = f"{name}: {fault.name} ({fault.requirement})"
                try:
                    curve = _Safe(self.config, self.group, changed)
                except Exception:  # some faults need a state or a jump, which a log does not have
                    continue
                yield Model(curve, Mistake("fault", text), quick=False)


class _Safe(Curve):
    """A curve whose formula may have no rate at some times: it is nan there."""

    def __call__(self, times: Array) -> Array:
        try:
            return super().__call__(times)
        except Exception:  # whatever a wrong formula raises
            return np.full(len(times), np.nan)

    exact = __call__


def simplest(value: float, spread: float) -> float:
    """The number with the fewest digits within ``spread`` of a value."""
    if abs(value) <= spread:
        return 0.0
    for digits in range(1, 17):
        candidate = float(f"{value:.{digits}g}")
        if abs(candidate - value) <= spread:
            return candidate
    return value


def warm_up_length(config: Scenario) -> int | None:
    """How long the warm-up of a schedule is, if it is one and what follows."""
    if not warm_up(config):
        return None
    length = (
        config.get("warmup_steps") if config["class"] == "WarmupCosineSchedule" else decode(config["milestones"])[0]
    )
    return length if isinstance(length, int) else None


def with_warm_up(config: Scenario, length: int, other: int) -> Iterator[Scenario]:
    """A schedule with a warm-up of another length: what follows is as long, or ends where it did."""
    if config["class"] == "WarmupCosineSchedule":
        yield config | {"warmup_steps": other}
        return
    first, second, *_ = config["schedulers"]
    name = next((name for name in ("total_iters", "warmup_epochs") if first.get(name) == length), None)
    if name is None or len(config["schedulers"]) > 2:
        return
    ends = [name for name in LENGTHS if isinstance(second.get(name), int)]
    for shorter in (0, other - length):
        rest = second | {name: second[name] - shorter for name in ends}
        yield config | {"schedulers": [first | {name: other}, rest], "milestones": [other]}


def _parameters(config: Scenario, path: Path = ()) -> Iterator[tuple[Path, str, Json]]:
    """The path, name and value of each parameter of a schedule and its members, with the defaults of its class."""
    parameters = {name: value for name, value in config.items() if name not in ("class", "schedulers")}
    if config["class"] in SCHEDULES:
        definition = SCHEDULES[config["class"]]
        parameters = {name: domain.default for name, domain in definition.parameters.items()} | parameters
    for name, value in parameters.items():
        yield (*path, name), name, value
    for i, member in enumerate(config.get("schedulers", [])):
        yield from _parameters(member, (*path, "schedulers", i))


def with_value(config: Any, path: Path, value: Json) -> Any:
    """A schedule with another value at a path."""
    if not path:
        return value
    if isinstance(config, list):
        return [with_value(entry, path[1:], value) if i == path[0] else entry for i, entry in enumerate(config)]
    return config | {path[0]: with_value(config.get(path[0]), path[1:], value)}
