"""Schedulers made of schedulers."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from numpy_optim._arguments import increasing, items, say
from numpy_optim._formulas import rounded
from numpy_optim._scheduler import UNSET, Int, Rates, Schedule, Scheduler, pick


def _check_members(owner: object, schedulers: Any) -> list[Schedule]:
    members = items(owner, "schedulers", schedulers)
    if not members:
        raise ValueError(say(owner, "schedulers must not be empty"))
    for member in members:
        if not isinstance(member, Scheduler):
            raise TypeError(say(owner, f"schedulers must all be schedulers, got {member!r}"))
        if not isinstance(member, Schedule):
            raise TypeError(say(owner, f"schedulers must depend on the time alone, got a {type(member).__name__}"))
    return members


class _Composite(Schedule):
    """Members whose time, and whose base rates where they state none, come from the composite."""

    _extra = ("members",)

    def __init__(self, members: list[Schedule], base_lr: list[float] | None, last_epoch: Int) -> None:
        """Take over the members, once everything else has been checked."""
        super().__init__(UNSET if base_lr is None else base_lr, last_epoch)
        self._members = tuple(members)
        self._rates.groups = max(member._rates.groups for member in members)
        for member in members:
            if not member._absolute:
                self._rates.explicit |= member._rates.explicit
        self._inherit(self._rates)
        self._move(self._time)

    def _member_times(self, t: int) -> list[int]:
        """Return the time of each member at the composite's time `t`."""
        return [t] * len(self._members)

    def _move(self, time: int) -> None:
        super()._move(time)
        for member, member_time in zip(self._members, self._member_times(time), strict=True):
            member._move(member_time)

    def _count(self) -> int:
        return max(super()._count(), *(member._count() for member in self._members))

    def _attach(self, groups: int, explicit: float | None = None) -> None:
        super()._attach(groups, explicit)
        for member in self._members:
            member._attach(groups, explicit)

    def _holds_absolute(self) -> bool:
        return any(member._holds_absolute() for member in self._members)

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"members": [member.state_dict() for member in self._members]}

    def _read(self, state: Any) -> Callable[[], None]:
        restores = [super()._read(state)]
        entries = items(self, "members", state["members"])
        if len(entries) != len(self._members):
            raise ValueError(say(self, f"members must be {len(self._members)}, got {len(entries)}"))
        restores += [member._read(entry) for member, entry in zip(self._members, entries, strict=True)]
        if [entry["last_epoch"] for entry in entries] != self._member_times(state["last_epoch"]):
            raise ValueError(say(self, f"members must be at the times that belong to {state['last_epoch']}"))

        def restore() -> None:
            for restore_part in restores:
                restore_part()

        return restore


class ChainedScheduler(_Composite):
    """All members act at once: the rate is the base rate times the factor of every member."""

    def __init__(self, schedulers: Iterable[Schedule]) -> None:
        members = _check_members(self, schedulers)
        if any(member._holds_absolute() for member in members):
            raise TypeError(say(self, "schedulers must have a factor on a base rate, got an absolute schedule"))
        times = {member._time for member in members}
        if len(times) > 1:
            raise ValueError(say(self, f"schedulers must be at one time, got {sorted(times)}"))
        stated = [member._rates.given for member in members if member._stated]
        longest = max(map(len, stated), default=1)
        bases = [[pick(given, group) for group in range(longest)] for given in stated]
        if any(base != bases[0] for base in bases):
            raise ValueError(say(self, f"schedulers must not state different base rates, got {bases}"))
        super().__init__(members, bases[0] if bases else None, times.pop())

    def _inherit(self, rates: Rates) -> None:
        super()._inherit(rates)
        for member in self._members:
            member._inherit(rates)

    def _at(self, t: int, group: int) -> float:
        base = self._rates.of(group)
        rates = [member._at(t, group) for member in self._members]
        if base == 0 or 0 in rates:
            return 0.0
        if not all(map(math.isfinite, rates)):
            return base * math.prod(rate / base for rate in rates)
        # Fractions make the product exact: no order of the members matters, and a single member's rate is kept.
        return rounded(math.prod((Fraction(rate) / Fraction(base) for rate in rates), start=Fraction(base)))


class SequentialLR(_Composite):
    """One member after another: each rules from its milestone on, in a time of its own."""

    def __init__(self, schedulers: Iterable[Schedule], milestones: Iterable[Int], last_epoch: Int = 0) -> None:
        members = _check_members(self, schedulers)
        self.milestones = increasing(self, "milestones", milestones)
        if len(members) != len(self.milestones) + 1:
            text = f"schedulers must be one more than milestones, got {len(members)} and {len(self.milestones)}"
            raise ValueError(say(self, text))
        stated = [member._rates.given for member in members if member._stated]
        super().__init__(members, stated[0] if stated else None, last_epoch)

    def _member_times(self, t: int) -> list[int]:
        return [max(t - start, 0) for start in (0, *self.milestones)]

    def _ruling(self, t: int) -> int:
        return bisect_right(self.milestones, t)

    def _inherit(self, rates: Rates) -> None:
        super()._inherit(rates)
        for member in self._members:
            if not member._stated:
                member._inherit(rates)

    def _at(self, t: int, group: int) -> float:
        ruling = self._ruling(t)
        return self._members[ruling]._at(self._member_times(t)[ruling], group)
