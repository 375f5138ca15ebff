"""SequentialLR: one member after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.composite import Composite, extended
from ..base.validation import increasing


class SequentialLR(Composite):
    """η(t) = η_i(t − m_i), i the number of milestones m <= t, m_0 = 0

    schedulers  the members, an iterable; each rules from its milestone on, in a time of its own, with its own base
                rate; those without a ``base_lr`` take the first that a member states
    milestones  m_1, m_2, …, in steps, strictly increasing integers >= 0, any iterable, one fewer than the members

    Raises ValueError for a number of members that does not fit or milestones out of order, TypeError for a member that
    is no scheduler, or a plateau; the members then are as they were.

    Source: PyTorch's ``SequentialLR``, in closed form.
    """

    def __init__(self, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
        super().__init__(schedulers, last_epoch)
        self._starts = (0, *increasing(self, "milestones", milestones, "SEQ-10"))
        if len(self.members) != len(self._starts):
            raise ValueError(
                f"SequentialLR: milestones must be one fewer than schedulers, got {len(self._starts) - 1} "
                f"for {len(self.members)} [SEQ-9]"
            )
        stated = [member.base_lrs for member in self.members if member._stated]
        self._stated = bool(stated)
        count = max(len(member.base_lrs) for member in self.members)
        base_lrs = extended(stated[0] if stated else self.base_lrs, count)
        self.take_base_lrs(base_lrs, base_lrs[-1])
        self._move(self._t)

    def take_base_lrs(self, base_lrs: list[float], joining_lr: float) -> None:
        super().take_base_lrs(base_lrs, joining_lr)
        for member in self.members:
            if not member._stated and not member.absolute:
                member.take_base_lrs(base_lrs, joining_lr)
            member.extend_groups(len(base_lrs))

    def _move(self, t: int) -> None:
        super()._move(t)
        for start, member in zip(self._starts, self.members, strict=True):
            member._move(max(t - start, 0))

    def _take_state(self, state: Mapping[str, Any]) -> None:
        super()._take_state(state)
        self._move(self._t)

    def _rate(self, t: Any, group: int, xp: Any) -> Any:
        if xp is np:  # a member that does not rule is not asked
            ruling = sum(start <= t for start in self._starts[1:])
            return self.members[ruling]._rate(t - self._starts[ruling], group, xp)
        lr = self.members[0]._rate(t, group, xp)
        for start, member in list(zip(self._starts, self.members, strict=True))[1:]:
            lr = xp.where(t >= start, member._rate(xp.maximum(t - start, 0), group, xp), lr)
        return lr
