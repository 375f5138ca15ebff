"""Mistakes of time: a schedule that is stepped too often, too rarely, early or late, or resumed wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..classes.definition import Array
from .model import Mistake, Time


@dataclass(frozen=True)
class WrongTime:
    """A mistake of time: ``time`` gives the time of the schedule at a step of the log."""

    mistake: Mistake
    time: Time


def unchanged(steps: Array) -> Array:
    """Without a mistake, the time is the step."""
    return steps


def shifted(time: Time, offset: int) -> Time:
    return lambda steps: time(steps) + offset


LATE = WrongTime(Mistake("late", "one step late: each step has the rate of the step before"), shifted(unchanged, -1))
EARLY = WrongTime(Mistake("early", "one step early: each step has the rate of the next"), shifted(unchanged, 1))
NEVER = WrongTime(
    Mistake(
        "never",
        "never stepped: the rate stays that of the beginning, as with a frequency in Lightning of more batches than an "
        "epoch has",
    ),
    lambda steps: np.zeros_like(steps),
)


def multiplied(steps: Any, n: Any, last: bool) -> Any:
    """The time of a schedule that is stepped n times in each step, seen at the first or the last of them."""
    return (steps + 1) * n - 1 if last else steps * n


def divided(steps: Any, n: Any, last: bool) -> Any:
    """The time of a schedule that is stepped once in n steps, after the last or before it."""
    return (steps + 1) // n if last else steps // n


def faster(n: int, last: bool = False) -> WrongTime:
    why = "on each process, or at each micro-step of an accumulation"
    mistake = Mistake("scaled", f"{n} times as fast: stepped {n} times a step, such as {why}")
    return WrongTime(mistake, lambda steps: multiplied(steps, n, last))


def slower(n: int, last: bool = False) -> WrongTime:
    why = "once an epoch or an accumulation"
    if last and n > 2:
        why += f", or by Lightning with a frequency of {n - 1} where an epoch has {n} batches"
    mistake = Mistake("scaled", f"{n} times as slow: stepped once in {n} steps, such as {why}")
    return WrongTime(mistake, lambda steps: divided(steps, n, last))


def counted_in_epochs(steps: Any, every: Any, length: Any) -> Any:
    """The time of a schedule that is stepped at each ``every``-th batch of epochs of some ``length``."""
    return steps // length * (length // every) + steps % length // every


def frequency(every: int, length: int) -> WrongTime:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(every % 10 if every % 100 not in (11, 12, 13) else 0, "th")
    text = f"stepped at every {every}{suffix} batch of an epoch of {length}: each epoch counts from the beginning"
    return WrongTime(Mistake("frequency", text), lambda steps: counted_in_epochs(steps, every, length))


def resumed(found: list[tuple[int, Array]], time: Time, before: int) -> Iterator[Mistake]:
    """A resume after which the time has an offset: ``found`` are some, and the steps at which each may begin.

    The rate may have been held at the resume: the steps then reach back to one ``before`` the first difference.
    """
    anew = [(offset, begins[time(begins) + offset == 0]) for offset, begins in found]
    begun = next(((offset, steps[-1]) for offset, steps in anew if len(steps)), None)
    if begun:
        yield Mistake("restarted", f"the schedule begins again at step {begun[1]}, as after a resume without its state")
    elif len(found) == len(found[0][1]) == 1:
        ((offset, (begin,)),) = found
        epochs = int(time(begin)) + offset
        if 1 < epochs <= begin // 2 and begin % epochs == 0:
            why = f"{epochs}, which is the number of epochs if one has {begin // epochs} steps"
            yield Mistake("epochs", f"resumed at step {begin} with the time {why}")
            return
    offset, begins = next(one for one in found if begun is None or one[0] == begun[0])
    if begun is None or (len(begins) > 1 and begins[0] <= before):
        n, last = abs(offset), begins[-1]
        how = "ahead, as if they were lost" if offset > 0 else "behind, as if they were repeated"
        yield Mistake("resumed", f"from step {last} on {n} step{'s' * (n > 1)} {how} at a resume")
