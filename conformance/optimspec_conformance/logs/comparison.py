"""Compares a log with the rates of a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..classes.definition import Array
from .log import ROWS, Log
from .printed import Printed

# Of double precision, relative to the highest rate. Rates that are as close to the tolerance are computed exactly.
ROUNDING = 1e-13
SPREAD = 257  # times at which the highest rate is searched


class Rates(Protocol):
    """The rates at given times."""

    def __call__(self, times: Array, /) -> Array: ...

    def exact(self, times: Array, /) -> Array: ...


@dataclass(frozen=True)
class Tolerance:
    """How far a logged rate may be from the expected one: half a unit of its last digit and slack, or ``fixed``."""

    printed: Printed
    highest: float
    fixed: float | None = None

    @classmethod
    def of(cls, log: Log, curve: Rates, fixed: float | None = None) -> Tolerance:
        spread = np.unique(np.linspace(0, log.last_step, SPREAD).astype(np.int64))
        return cls(log.printed, float(np.nanmax(np.abs(curve(spread)))), fixed)

    def allowed(self, rates: Array) -> Array:
        if self.fixed is not None:
            return np.full(len(rates), self.fixed)
        return self.printed.half_unit(rates) * (1 + ROUNDING) + self.printed.slack * self.highest

    @property
    def words(self) -> str:
        return f"{self.fixed:g}" if self.fixed is not None else f"that of {self.printed.words}"


@dataclass(frozen=True)
class Difference:
    """The first row at which a log differs."""

    row: int
    step: int
    expected: float
    observed: float


@dataclass(frozen=True)
class Comparison:
    """How many points were compared, the worst error and its step, and the first difference if there is one."""

    points: int
    worst: float
    worst_step: int
    differing: int
    first: Difference | None


def compare(log: Log, curve: Rates, tolerance: Tolerance) -> Comparison:
    """Compare all points; a block at a time, as a log may be long."""
    worst, worst_step, differing, first = -1.0, 0, 0, None
    for start in range(0, len(log), ROWS):
        steps, observed = log.steps[start : start + ROWS], log.rates[start : start + ROWS]
        expected, allowed = curve(steps), tolerance.allowed(observed)
        near = np.abs(np.abs(observed - expected) - allowed) <= ROUNDING * tolerance.highest
        if near.any():
            expected[near] = curve.exact(steps[near])
        errors = np.abs(observed - expected)
        wrong = ~(errors <= allowed)  # nan differs: a formula may have no rate
        differing += int(wrong.sum())
        if first is None and wrong.any():
            row = int(np.argmax(wrong))
            first = Difference(start + row, int(steps[row]), float(expected[row]), float(observed[row]))
        errors[np.isnan(errors)] = -1
        row = int(np.argmax(errors))
        if errors[row] > worst:
            worst, worst_step = float(errors[row]), int(steps[row])
    return Comparison(len(log), worst, worst_step, differing, first)
