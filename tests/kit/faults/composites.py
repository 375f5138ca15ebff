"""ChainedScheduler and SequentialLR, wrong in what they make of their members."""

from __future__ import annotations

from typing import Any

import numpy as np
from optimspec import ChainedScheduler, Schedule, Scheduler, SequentialLR

from .fault import shell

# ----------------------------------------------------------------------------------------------- ChainedScheduler


def last_member_wins(self: Any, t: Any, group: int, xp: Any) -> Any:
    return self.members[-1]._rate(t, group, xp)


def mean_of_the_members(self: Any, t: Any, group: int, xp: Any) -> Any:
    return sum(member._rate(t, group, xp) for member in self.members) / len(self.members)


def product_that_divides_by_zero(self: Any, t: Any, group: int, xp: Any) -> Any:
    b = self._base_lrs[group]
    lr = b
    for member in self.members:
        lr = lr * (member._rate(t, group, xp) / b)
    return lr


def base_rate_of_the_first_member(self: Any, schedulers: Any) -> None:
    """The default one, where the first member states none, even if another does."""
    ChainedScheduler.__init__(self, schedulers)
    if not self.members[0].has_explicit_base_lr:
        self.take_base_lrs([1e-3] * len(self._base_lrs), 1e-3)


def jumps_bounded(self: Any, epoch: Any = None) -> None:
    Schedule.step(self, max(epoch, 0) if isinstance(epoch, int) else epoch)


def jumps_cut_to_integers(self: Any, epoch: Any = None) -> None:
    Schedule.step(self, int(epoch) if isinstance(epoch, float) else epoch)


FAULTS = [
    shell(ChainedScheduler, "last member wins", "CHAIN-1", _rate=last_member_wins),
    shell(ChainedScheduler, "mean instead of product", "CHAIN-1", _rate=mean_of_the_members),
    shell(ChainedScheduler, "zero divides", "CHAIN-2", _rate=product_that_divides_by_zero),
    shell(ChainedScheduler, "base rate of the first member", "CMP-2", __init__=base_rate_of_the_first_member),
    shell(ChainedScheduler, "members left behind", "CHAIN-3", _move=Schedule._move),
    shell(ChainedScheduler, "groups of the members forgotten", "SCH-9", extend_groups=lambda self, count: None),
    shell(ChainedScheduler, "own rate for the chain alone", "CMP-8", set_base_lr=Scheduler.set_base_lr),
    shell(ChainedScheduler, "jumps bounded", "SCH-23", step=jumps_bounded),
    shell(ChainedScheduler, "jumps cut to integers", "SCH-24", step=jumps_cut_to_integers),
]


# --------------------------------------------------------------------------------------------------- SequentialLR


def global_time(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start <= t for start in self._starts[1:])
    return self.members[ruling]._rate(t, group, xp)


def milestone_not_included(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start < t for start in self._starts[1:])
    return self.members[ruling]._rate(t - self._starts[ruling], group, xp)


def first_value_skipped(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start <= t for start in self._starts[1:])
    return self.members[ruling]._rate(t - self._starts[ruling] + (ruling > 0), group, xp)


def one_base_rate_for_all(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)
    for member in self.members:
        if not member.ignores_base_lr:
            member.take_base_lrs(self._base_lrs, self._default_base_lr)


def members_not_moved(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)
    for member in self.members:
        member._move(0)
    self._move = lambda t: Schedule._move(self, t)


def starts_in_float32(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(np.float32(start) <= np.float32(t) for start in self._starts[1:])
    return self.members[ruling]._rate(t - self._starts[ruling], group, xp)


def members_begin_where_the_sequence_does(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    """``last_epoch`` chooses the member that rules, and does not reach its time."""
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)
    ruling = sum(start <= self._t for start in self._starts[1:])
    self._starts = (*self._starts[:ruling], self._t, *self._starts[ruling + 1 :])


def time_before_the_beginning(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    if not isinstance(last_epoch, float):
        last_epoch = max(int(last_epoch), -1)
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)


def time_cut_to_an_integer(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    last_epoch = int(last_epoch) if isinstance(last_epoch, float) else last_epoch
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)


def lists_alone(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    if not isinstance(milestones, list):
        raise TypeError(f"milestones must be a list, got {milestones!r}")
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)


def own_part_first(self: Any, state: Any) -> None:
    """The time and the base rates are taken before the members' part is looked for."""
    Scheduler._check_state(self, state)
    Scheduler._take_state(self, state)
    Scheduler.load_state_dict(self, state)


def milestones_sorted(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SequentialLR.__init__(self, schedulers, sorted(set(milestones)), last_epoch)


FAULTS += [
    shell(SequentialLR, "global time", "SEQ-2", _rate=global_time),
    shell(SequentialLR, "milestone not included", "SEQ-1", _rate=milestone_not_included),
    shell(SequentialLR, "first value skipped", "SEQ-2", _rate=first_value_skipped),
    shell(SequentialLR, "one base rate for all", "SEQ-6", __init__=one_base_rate_for_all),
    shell(SequentialLR, "members not moved", "SEQ-3", __init__=members_not_moved),
    shell(SequentialLR, "milestones sorted", "SEQ-10", __init__=milestones_sorted),
    shell(SequentialLR, "milestones in float32", "SEQ-1", _rate=starts_in_float32),
    shell(SequentialLR, "built later, members at 0", "SCH-7", __init__=members_begin_where_the_sequence_does),
    shell(SequentialLR, "time before the beginning", "SCH-21", __init__=time_before_the_beginning),
    shell(SequentialLR, "time cut to an integer", "SCH-22", __init__=time_cut_to_an_integer),
    shell(SequentialLR, "lists alone", "SEQ-15", __init__=lists_alone),
    shell(SequentialLR, "own part first", "STA-18", load_state_dict=own_part_first),
]
