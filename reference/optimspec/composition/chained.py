"""ChainedScheduler: all members act at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.composite import Composite, extended


class ChainedScheduler(Composite):
    """η(t) = b·∏ η_m(t)/b_m

    schedulers  the members m, an iterable of at least one; those without a ``base_lr`` take the chain's, which is the
                one that the others state

    Raises ValueError for no members, for members at different times or with different base rates, TypeError for a
    member that is no scheduler, a plateau or absolute; the members then are as they were.

    Source: the seed document, "Combining with warmup".
    """

    def __init__(self, schedulers: Any) -> None:
        super().__init__(schedulers)
        if any(part.absolute for part in self.parts):
            raise TypeError("ChainedScheduler: schedulers must not have absolute rates [CHAIN-9]")
        times = {member.last_epoch for member in self.members}
        if len(times) > 1:
            raise ValueError(f"ChainedScheduler: schedulers must be at one time, got {sorted(times)} [CHAIN-5]")
        stated = [member for member in self.members if member._stated]
        count = max(len(member.base_lrs) for member in stated or self.members)
        choices = [extended(member.base_lrs, count) for member in stated or self.members]
        if any(choice != choices[0] for choice in choices):
            raise ValueError(f"ChainedScheduler: schedulers must state one base_lr, got {choices} [CHAIN-6]")
        self._t = times.pop()
        self._stated = bool(stated)
        self.take_base_lrs(choices[0], choices[0][-1])

    def take_base_lrs(self, base_lrs: list[float], joining_lr: float) -> None:
        super().take_base_lrs(base_lrs, joining_lr)
        for member in self.members:
            member.take_base_lrs(base_lrs, joining_lr)

    def _move(self, t: int) -> None:
        super()._move(t)
        for member in self.members:
            member._move(t)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        whole = {name: state[name] for name in ("last_epoch", "base_lrs", "joining_lr")}
        if any(whole != {name: member[name] for name in whole} for member in state["schedulers"]):
            raise ValueError("ChainedScheduler: the state's members must have its time and base rates [STA-16]")

    def _rate(self, t: Any, group: int, xp: Any) -> Any:
        b = self._base_lrs[group]
        lr: Any = b
        for member in self.members:
            lr = lr * (member._rate(t, group, xp) / b) if b else 0.0
        return lr
