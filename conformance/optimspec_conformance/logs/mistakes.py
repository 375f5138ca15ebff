"""Explains how a log differs from its schedule: known mistakes in the schedule, in its time, and at a resume.

A mistake explains a log if the log agrees at every point with the schedule that has this mistake. One mistake is tried
before two, and the kinds that are easiest to recognize in a log come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np

from ..classes.definition import Array
from ..scenarios.values import Scenario
from .alterations import Alterations
from .comparison import Rates, Tolerance, compare
from .conventions import SPECIFICATION, Reading
from .curve import Curve
from .log import Log
from .model import Explanation, Mapped, Mistake, Model, Time
from .times import (
    EARLY,
    LATE,
    NEVER,
    WrongTime,
    counted_in_epochs,
    divided,
    faster,
    frequency,
    multiplied,
    resumed,
    shifted,
    slower,
    unchanged,
)

WITNESSES = 200  # rows, evenly spaced and where the rate changes, at which a mistake is tried before all are compared
MANY = 1 << 21  # times that are evaluated at once, at most
FASTEST = 4096  # times as fast, at most
EXACT_ROWS = 2000  # of a curve that is computed exactly
LEAST = 3  # rows that a resume must explain, at least
VARIED = 6  # different rates that two mistakes must explain, at least
EXPLANATIONS = 3  # to show
SURVIVORS, OFFSETS = 64, 16  # numbers that some rows allow: so many are compared with the whole log, at most
FREQUENCIES = 64  # batches between two steps, at most


def explain(
    log: Log,
    config: Scenario,
    group: int,
    tolerance: Tolerance,
    reading: Reading = SPECIFICATION,
) -> list[Explanation]:
    """The explanations of a log that differs, with as few mistakes as possible; an empty list if none is known."""
    if (log.steps == log.steps[0]).all():  # one rate shows nothing
        return []
    alterations = Alterations(config, group, tolerance, reading)
    search = Search(log, Model(Curve(config, group, reading)), tolerance)
    with np.errstate(all="ignore"):
        single = [*search.in_time(search.original), *search.altered(alterations.all(log, search.rows))]
        single = single or list(islice(search.after_resume(search.original, alterations), EXPLANATIONS))
        single = single or list(islice(search.before_resume(alterations), EXPLANATIONS))
        single = single or list(islice(search.altered(alterations.faults()), EXPLANATIONS))
        if single:
            return [Explanation((mistake,)) for mistake in list(dict.fromkeys(single))[:EXPLANATIONS]]
        return list(islice(search.double(alterations), 1)) if len(np.unique(log.rates)) >= VARIED else []


class Search:
    """Tries mistakes on a log that differs from the ``original`` model, which has none."""

    def __init__(self, log: Log, original: Model, tolerance: Tolerance) -> None:
        self.log, self.original, self.tolerance = log, original, tolerance
        difference = compare(log, original.curve, tolerance).first
        self.first = 0 if difference is None else difference.row
        self.rows = spread(log, self.first)

    def explains(self, curve: Rates, *, quick: bool = True) -> bool:
        """Whether a curve agrees with the log: at a few rows, at some, and finally at all."""
        few = self.rows[:: max(len(self.rows) // 8, 1)]
        every = np.arange(0, len(self.log), 1 if quick else max(len(self.log) // EXACT_ROWS, 1))
        return all(compare(self.log.at(rows), curve, self.tolerance).first is None for rows in (few, self.rows, every))

    def filtered(self, curve: Rates, candidates: Array, time: Callable[[Array, Array], Array]) -> Array:
        """The candidates with which a curve agrees at all rows; ``time(step, candidates)`` is the time with each."""
        for row in (self.first, *self.rows):  # the first difference excludes the most
            rate, step = self.log.rates[row : row + 1], self.log.steps[row : row + 1]
            candidates = candidates[np.abs(curve(time(step, candidates)) - rate) <= self.tolerance.allowed(rate)]
            if not len(candidates):
                break
        return candidates

    # --------------------------------------------------------------------------------------------------------- in time

    def in_time(self, model: Model) -> Iterator[Mistake]:
        for wrong in self.times(model):
            if self.explains(Mapped(model.curve, wrong.time), quick=model.quick):
                yield wrong.mistake

    def times(self, model: Model) -> Iterator[WrongTime]:
        """The mistakes of time that may explain the log."""
        yield from (LATE, EARLY, NEVER)
        if not model.quick:
            return
        moved, slow = self.moved(model), False
        if moved is None:
            return
        for last in (False, True):
            fast = self.filtered(model.curve, np.arange(2, FASTEST), partial(multiplied, last=last))
            yield from self.first_of(model, (faster(n, last) for n in fast.tolist()))
            if not slow:
                divisors = np.arange(2, min(moved + last, MANY) + 1)
                divisors = self.filtered(model.curve, divisors, partial(divided, last=last))
                found = list(self.first_of(model, (slower(n, last) for n in divisors[::-1].tolist())))
                yield from found
                slow = len(found) > 0
        if not slow:
            every = [
                (f, n)
                for f in range(2, min(moved, FREQUENCIES) + 1)
                for n in range(f + 1, 8 * f + FREQUENCIES)
                if n % f
            ]
            pairs = np.array(every).reshape(-1, 2)
            pairs = self.filtered(model.curve, pairs, lambda step, pairs: counted_in_epochs(step, *pairs.T))
            yield from self.first_of(model, (frequency(f, n) for f, n in pairs.tolist()))

    def first_of(self, model: Model, candidates: Iterable[WrongTime]) -> Iterator[WrongTime]:
        """The first mistake of time that explains the log, of those that explain some of its rows."""
        explaining = (
            wrong for wrong in islice(candidates, SURVIVORS) if self.explains(Mapped(model.curve, wrong.time))
        )
        yield from islice(explaining, 1)

    def moved(self, model: Model) -> int | None:
        """The first step at which the rate is no longer that of the beginning."""
        rates = self.log.rates[self.rows]
        moved = np.abs(rates - model.curve(np.zeros(1, np.int64))) > self.tolerance.allowed(rates)
        return int(self.log.steps[self.rows[np.argmax(moved)]]) if moved.any() else None

    # ----------------------------------------------------------------------------------------------------- in schedule

    def altered(self, models: Iterator[Model]) -> Iterator[Mistake]:
        """The mistakes in the schedule that explain the log."""
        for model in models:
            if model.mistake and self.explains(model.curve, quick=model.quick):
                yield model.mistake

    # -------------------------------------------------------------------------------------------------- after a resume

    def after_resume(
        self, model: Model, alterations: Alterations | None = None, time: Time = unchanged
    ) -> Iterator[Mistake]:
        """What explains the rows from the first difference on, if the model explains those before."""
        first = compare(self.log, Mapped(model.curve, time), self.tolerance).first
        if first is None or first.row == 0 or not model.quick:
            return
        tail = Search(self.log.at(np.arange(first.row, len(self.log))), model, self.tolerance)
        if len(tail.log) < LEAST or len(np.unique(tail.log.rates)) < 2:
            return
        begins = [np.arange(self.log.steps[first.row - 1] + 1, first.step + 1)[-FASTEST:], self.starting_steps]
        offsets = tail.offsets(model, time, -time(np.concatenate(begins)))
        curves = {offset: Mapped(model.curve, shifted(time, offset)) for offset in offsets}
        found = [(offset, self.begins(curve, first.row)) for offset, curve in curves.items() if tail.explains(curve)]
        if found:  # else there is a mistake in the schedule after the resume
            yield from resumed(found, time, int(self.log.steps[first.row - 1]))
        elif alterations is not None:
            for mistake in tail.altered(alterations.all(tail.log, tail.rows)):
                yield replace(mistake, text=f"from step {first.step} on: {mistake.text}")

    def before_resume(self, alterations: Alterations) -> Iterator[Mistake]:
        """What explains the rows up to the last difference, if those after it agree."""
        backwards = self.log.at(np.arange(len(self.log))[::-1])
        last = compare(backwards, self.original.curve, self.tolerance).first
        end = 0 if last is None else len(self.log) - last.row
        if LEAST <= end <= len(self.log) - LEAST:
            head = Search(self.log.at(np.arange(end)), self.original, self.tolerance)
            for mistake in (*head.in_time(self.original), *head.altered(alterations.all(head.log, head.rows))):
                yield replace(mistake, text=f"up to step {self.log.steps[end - 1]}: {mistake.text}")

    @property
    def starting_steps(self) -> Array:
        """The steps to which the log goes back."""
        return self.log.steps[list(self.log.starts[1:])]

    def offsets(self, model: Model, time: Time, likely: Array) -> list[int]:
        """By how much the time of the schedule may be off in this part of a log: likely ones first, then the least."""
        first, last = time(np.array([self.log.steps[0], self.log.last_step])).tolist()
        offsets = np.arange(-first, min(2 * last + 2, MANY) - first)
        offsets = self.filtered(model.curve, offsets[offsets != 0], lambda step, offset: time(step) + offset)
        ordered = offsets[np.lexsort([np.abs(offsets), ~np.isin(offsets, likely)])]
        spread = np.linspace(0, len(ordered) - 1, min(len(ordered), OFFSETS)).astype(np.int64)
        return [int(ordered[row]) for row in dict.fromkeys([*range(min(len(ordered), LEAST)), *spread.tolist()])]

    def begins(self, curve: Rates, row: int) -> Array:
        """The steps at which the resume may be after which a curve agrees: at a row, or before it where both agree."""
        other = compare(self.log.at(np.arange(row)[::-1]), curve, self.tolerance).first
        earliest = 0 if other is None else row - other.row
        for start in self.log.starts[:0:-1]:  # where steps go back
            if earliest <= start <= row:
                return self.log.steps[[start]]
        after = self.log.steps[earliest - 1] + 1 if earliest else 1
        return np.arange(after, self.log.steps[row] + 1)[-MANY:]

    # ---------------------------------------------------------------------------------------------------- two at once

    def double(self, alterations: Alterations) -> Iterator[Explanation]:
        """A mistake of time with one of a resume, and one in the schedule with one of time or of a resume."""
        for wrong in self.times_before_resume():
            for second in self.after_resume(self.original, None, wrong.time):
                yield Explanation((wrong.mistake, second))
        for model in alterations.all(self.log, self.rows):
            if model.mistake and model.quick:
                for second in (*self.in_time(model), *self.after_resume(model)):
                    yield Explanation((model.mistake, second))
        yield from self.double_in_schedule(alterations)
        for wrong in (LATE, EARLY, *(scaled(n) for n in range(2, FREQUENCIES + 1) for scaled in (faster, slower))):
            moved = replace(self.log, steps=np.maximum(wrong.time(self.log.steps), 0))
            for model in alterations.solved(moved, self.rows):
                if model.mistake and self.explains(Mapped(model.curve, wrong.time)):
                    yield Explanation((model.mistake, wrong.mistake))

    def double_in_schedule(self, alterations: Alterations) -> Iterator[Explanation]:
        """Two mistakes in the schedule: one is a number that is solved for, or explains the first row that differs."""
        first_row = self.log.at(np.array([self.first]))
        for model in alterations.solved(self.log, alterations.of_any_length(self.log, self.rows)):
            yield from self.second(model, alterations, solved=False)
        for model in (*alterations.solved(self.log, self.rows), *alterations.lengths(), *alterations.conventions()):
            yield from self.second(model, alterations, solved=True)
            if compare(first_row, model.curve, self.tolerance).first is None:
                yield from self.second(model, alterations, solved=False)

    def second(self, model: Model, alterations: Alterations, *, solved: bool) -> Iterator[Explanation]:
        """A second mistake in the schedule, beside the one of a model."""
        if model.mistake and isinstance(model.curve, Curve):
            changed = alterations.within(model.curve)
            models = changed.solved if solved else changed.unsolved
            for second in self.altered(models(self.log, self.rows)):
                yield Explanation((model.mistake, second))

    def times_before_resume(self) -> Iterator[WrongTime]:
        """The mistakes of time that explain the first rows of the log."""
        ends = [*self.log.starts[1:], *(len(self.log) * share // 8 for share in range(1, 7)), self.first + 2 * LEAST]
        for end in dict.fromkeys(ends):
            if self.first < end <= len(self.log):
                head = Search(self.log.at(np.arange(end)), self.original, self.tolerance)
                for wrong in head.times(self.original):
                    if head.explains(Mapped(self.original.curve, wrong.time)):
                        yield wrong


def spread(log: Log, first: int) -> Array:
    """Some rows of many: evenly spaced ones, some between which the rate changes, and those around the first difference
    and around each resume."""
    even = np.linspace(0, len(log) - 1, min(len(log), WITNESSES)).astype(np.int64)
    around = [row + near for row in (first, *log.starts[:16]) for near in range(-4, 12)]
    changes = np.flatnonzero(np.diff(log.rates))
    changes = changes[np.linspace(0, len(changes) - 1, min(len(changes), WITNESSES)).astype(np.int64)]
    rows = np.unique([*even, *around, *changes, *(changes + 1)])
    return rows[(rows >= 0) & (rows < len(log))]
