"""SequentialLR: one member after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.composite import Composite, extended
from ..base.math_functions import NUMPY, Namespace, Real
from ..base.schedule import Schedule
from ..base.validation import increasing


class SequentialLR(Composite):
    """η(t) = η_i(t − m_i), i the number of milestones m <= t, m_0 = 0

    schedulers  the members, an iterable; each is active from its milestone on, with its own time and base rate; those
                without an explicit ``base_lr`` take the first explicit one
    milestones  m_1, m_2, …, in steps, strictly increasing integers >= 0, any iterable, one fewer than the members

    Raises ValueError for a wrong number of members and for milestones out of order, TypeError for a member that is no
    schedule, such as a plateau. The members are left unchanged in that case.

    Source: PyTorch's ``SequentialLR``, in closed form.
    """

    def __init__(self, schedulers: Iterable[Schedule], milestones: Iterable[int], last_epoch: int = 0) -> None:
        super().__init__(schedulers, last_epoch)
        self._starts = (0, *increasing(self, "milestones", milestones, "SEQ-10"))
        if len(self.members) != len(self._starts):
            raise ValueError(
                f"SequentialLR: milestones must be one fewer than schedulers, got {len(self._starts) - 1} "
                f"for {len(self.members)} [SEQ-9]"
            )
        explicit = [member.base_lrs for member in self.members if member.has_explicit_base_lr]
        self.has_explicit_base_lr = bool(explicit)
        count = max(len(member.base_lrs) for member in self.members)
        base_lrs = extended(explicit[0] if explicit else self.base_lrs, count)
        self.take_base_lrs(base_lrs, base_lrs[-1])
        self._move(self._t)

    def take_base_lrs(self, base_lrs: list[float], default_base_lr: float) -> None:
        super().take_base_lrs(base_lrs, default_base_lr)
        for member in self.members:
            if not member.has_explicit_base_lr and not member.ignores_base_lr:
                member.take_base_lrs(base_lrs, default_base_lr)
            member.extend_groups(len(base_lrs))

    def _move(self, t: int) -> None:
        super()._move(t)
        for start, member in zip(self._starts, self.members, strict=True):
            member._move(max(t - start, 0))

    def _take_state(self, state: Mapping[str, Any]) -> None:
        super()._take_state(state)
        self._move(self._t)

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        if xp is NUMPY:  # only the active member is evaluated
            active = sum(start <= t for start in self._starts[1:])
            return self.members[active]._rate(t - self._starts[active], group, xp)
        lr = self.members[0]._rate(t, group, xp)
        for start, member in list(zip(self._starts, self.members, strict=True))[1:]:
            lr = xp.where(t >= start, member._rate(xp.maximum(t - start, 0), group, xp), lr)
        return lr
