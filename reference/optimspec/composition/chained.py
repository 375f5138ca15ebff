"""ChainedScheduler: all members act at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.composite import Composite, extended
from ..base.math_functions import Namespace, Real
from ..base.schedule import Schedule


class ChainedScheduler(Composite):
    """η(t) = b·∏ η_m(t)/b_m

    schedulers  the members m, an iterable of at least one; those without an explicit ``base_lr`` take the chain's,
                which is that of the others

    Raises ValueError for no members, and for members at different times or with different base rates, TypeError for a
    member that is no schedule, such as a plateau, or has absolute rates. The members are left unchanged in that case.

    Source: the braintools page, "Combining with warmup".
    """

    def __init__(self, schedulers: Iterable[Schedule]) -> None:
        super().__init__(schedulers)
        if any(leaf.ignores_base_lr for leaf in self.leaves):
            raise TypeError("ChainedScheduler: schedulers must not have absolute rates [CHAIN-9]")
        times = {member.last_epoch for member in self.members}
        if len(times) > 1:
            raise ValueError(f"ChainedScheduler: schedulers must be at one time, got {sorted(times)} [CHAIN-5]")
        explicit = [member for member in self.members if member.has_explicit_base_lr]
        count = max(len(member.base_lrs) for member in explicit or self.members)
        choices = [extended(member.base_lrs, count) for member in explicit or self.members]
        if any(choice != choices[0] for choice in choices):
            raise ValueError(f"ChainedScheduler: schedulers must state one base_lr, got {choices} [CHAIN-6]")
        self._t = times.pop()
        self.has_explicit_base_lr = bool(explicit)
        self.take_base_lrs(choices[0], choices[0][-1])

    def take_base_lrs(self, base_lrs: list[float], default_base_lr: float) -> None:
        super().take_base_lrs(base_lrs, default_base_lr)
        for member in self.members:
            member.take_base_lrs(base_lrs, default_base_lr)

    def _move(self, t: int) -> None:
        super()._move(t)
        for member in self.members:
            member._move(t)

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        whole = {name: state[name] for name in ("last_epoch", "base_lrs", "default_base_lr")}
        if any(whole != {name: member[name] for name in whole} for member in state["schedulers"]):
            raise ValueError("ChainedScheduler: the state's members must have its time and base rates [STA-16]")

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        b = self._base_lrs[group]
        lr: Real = b
        for member in self.members:
            lr = lr * (member._rate(t, group, xp) / b) if b else 0.0
        return lr
