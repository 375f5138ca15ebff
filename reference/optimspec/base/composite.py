"""What all schedules that are made of schedules share: their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .schedule import Schedule
from .scheduler import UNSET, Scheduler
from .validation import items


class Composite(Schedule):
    """A schedule made of other schedules. A subclass decides on its base rate and on the time of its members."""

    def __init__(self, schedulers: Iterable[Schedule], last_epoch: int = 0) -> None:
        super().__init__(UNSET, last_epoch)
        self.members: list[Schedule] = items(self, "schedulers", schedulers, "schedulers", "CMP-6")
        if not self.members:
            raise ValueError(f"{type(self).__name__}: schedulers must have at least one member, got none [CMP-5]")
        for member in self.members:
            if not isinstance(member, Schedule):
                raise TypeError(f"{type(self).__name__}: schedulers cannot have the member {member!r} [CMP-6, CMP-11]")

    @property
    def leaves(self) -> list[Scheduler]:
        return [leaf for member in self.members for leaf in member.leaves]

    def extend_groups(self, count: int) -> None:
        super().extend_groups(count)
        for member in self.members:
            member.extend_groups(count)

    def set_base_lr(self, group: int, base_lr: float) -> None:
        super().set_base_lr(group, base_lr)
        for member in self.members:
            member.set_base_lr(group, base_lr)

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"schedulers": [member.state_dict() for member in self.members]}

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        states = items(self, "schedulers", state["schedulers"], "states", "STA-16")
        if len(states) != len(self.members):
            raise ValueError(
                f"{type(self).__name__}: the state has {len(states)} members, not {len(self.members)} [STA-17]"
            )
        for member, its_state in zip(self.members, states, strict=True):
            member._check_state(its_state)

    def _take_state(self, state: Mapping[str, Any]) -> None:
        super()._take_state(state)
        for member, its_state in zip(self.members, state["schedulers"], strict=True):
            member._take_state(its_state)


def extended(base_lrs: list[float], count: int) -> list[float]:
    """``base_lrs`` with its last entry repeated up to ``count`` entries."""
    return base_lrs + base_lrs[-1:] * (count - len(base_lrs))
