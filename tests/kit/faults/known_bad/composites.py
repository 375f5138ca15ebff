"""ChainedScheduler and SequentialLR that are wrong in what they make of their members."""

from __future__ import annotations

from typing import Any

from optimspec import ChainedScheduler, Schedule, SequentialLR

from .broken_class import with_members


def product_that_divides_by_zero(self: Any, t: Any, group: int, xp: Any) -> Any:
    b = self.base_lrs[group]
    lr = b
    for member in self.members:
        lr = lr * (member._rate(t, group, xp) / b)
    return lr


def members_kept(self: Any, schedulers: Any, *positional: Any, **named: Any) -> None:
    super(type(self), self).__init__(schedulers, *positional, **named)
    if isinstance(schedulers, list):
        self.members = schedulers


def milestones_remembered(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SequentialLR.__init__(self, schedulers, milestones, last_epoch)
    self._given = milestones if isinstance(milestones, list) else list(self._starts[1:])


def rate_by_the_milestones_of_now(self: Any, t: Any, group: int, xp: Any) -> Any:
    self._starts = (0, *self._given[: len(self.members) - 1])
    return SequentialLR._rate(self, t, group, xp)


def members_moved_before_a_refusal(self: Any, *positional: Any, **named: Any) -> None:
    try:
        super(type(self), self).__init__(*positional, **named)
    except (TypeError, ValueError):
        for member in getattr(self, "members", []):
            if isinstance(member, Schedule):
                member.step()
        raise


BROKEN = [
    with_members(ChainedScheduler, "zero divides", "CHAIN-2", _rate=product_that_divides_by_zero),
    *(with_members(base, "members kept", "CMP-10", __init__=members_kept) for base in (ChainedScheduler, SequentialLR)),
    with_members(
        SequentialLR,
        "milestones kept",
        "SEQ-13",
        __init__=milestones_remembered,
        _rate=rate_by_the_milestones_of_now,
    ),
    *(
        with_members(base, "members moved by a refusal", "CMP-7", __init__=members_moved_before_a_refusal)
        for base in (ChainedScheduler, SequentialLR)
    ),
]
