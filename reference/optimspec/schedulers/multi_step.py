"""MultiStepLR: a factor at each milestone."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler, power
from ..base.validation import increasing, real


class MultiStepLR(Scheduler):
    """η(t) = b·γ^n, n the number of milestones m <= t

    base_lr     b, a rate or a list with one for each group, >= 0; default 1e-3
    milestones  m, in steps, strictly increasing integers >= 0, any iterable, may be empty; default (30, 60, 90)
    gamma       γ, the factor of one fall, in (0, 1]; default 0.1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``MultiStepLR``, in closed form.
    """

    @staticmethod
    def rate(t: Any, b: Any, milestones: tuple[int, ...], gamma: Any, xp: Any = jnp) -> Any:
        return b * power(gamma, sum(xp.asarray(m <= t, int) for m in milestones), xp)

    def __init__(
        self, base_lr: Any = UNSET, milestones: Any = (30, 60, 90), gamma: Any = 0.1, last_epoch: Any = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            milestones=increasing(self, "milestones", milestones, "MULTI-6"),
            gamma=real(self, "gamma", gamma, "(0, 1]", "MULTI-8"),
        )
