"""A log: steps and the rates at them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..classes.definition import Array
from .errors import LogError
from .printed import Printed

ROWS = 1 << 16  # read or compared at once


@dataclass(frozen=True)
class Log:
    """Steps and rates in the order in which they were written.

    ``starts`` are the rows at which a part of the run begins: the first row, and each one at which steps go back.
    ``counted`` says how its steps are counted, if not as in the file; ``left_out`` says what was left out of the file.
    """

    steps: Array
    rates: Array
    printed: Printed
    starts: tuple[int, ...] = (0,)
    metrics: Array | None = None
    counted: str = ""
    left_out: str = ""

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, rows: Array) -> Log:
        """Some rows of the log, as one part."""
        metrics = None if self.metrics is None else self.metrics[rows]
        return replace(self, steps=self.steps[rows], rates=self.rates[rows], starts=(0,), metrics=metrics)

    def head(self, end: int) -> Log:
        """The rows before the row ``end``, with the parts that begin in them."""
        return replace(self.at(np.arange(end)), starts=tuple(start for start in self.starts if start < end))

    @property
    def last_step(self) -> int:
        return int(self.steps.max())


def checked(steps: Array, rates: Array, printed: Printed, metrics: Array | None = None) -> Log:
    """A log. Raises LogError if a rate is not a number, or the steps go back other than at a resume.

    After a resume, the steps go on again: each part of a run has at least two rows.
    """
    if not len(steps):
        raise LogError("the log has no rate")
    if (steps < 0).any():
        raise LogError(f"there is a step {steps.min()}: steps begin at 0")
    if not (finite := np.isfinite(rates)).all():
        first = int(np.argmin(finite))
        raise LogError(f"the rate at step {steps[first]} is {rates[first]}: no number to compare")
    starts = (0, *(np.flatnonzero(np.diff(steps) < 0) + 1).tolist())
    for start, end in zip(starts, (*starts[1:], len(steps)), strict=True):
        if start and end - start < 2:
            raise LogError(
                f"steps go back from {steps[start - 1]} to {steps[start]} and do not go on from there: "
                "the log is not in order, or more than one run wrote it"
            )
    return Log(steps, rates, printed, starts, metrics)
