"""MultiStepLR: a factor at each milestone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, power
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import increasing, real


class MultiStepLR(Formula):
    """η(t) = b·γ^n, n the number of milestones m <= t

    base_lr     b, a rate or a list with one for each group, >= 0; default 1e-3
    milestones  m, in steps, strictly increasing integers >= 0, any iterable, may be empty; default (30, 60, 90)
    gamma       γ, the factor at each milestone, in (0, 1]; default 0.1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``MultiStepLR``, in closed form.
    """

    @staticmethod
    def rate(t: Real, b: Real, milestones: tuple[int, ...], gamma: Real, xp: Namespace = jnp) -> Real:
        return b * power(gamma, sum(xp.asarray(m <= t, int) for m in milestones), xp)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        milestones: Iterable[int] = (30, 60, 90),
        gamma: float = 0.1,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            milestones=increasing(self, "milestones", milestones, "MULTI-6"),
            gamma=real(self, "gamma", gamma, "(0, 1]", "MULTI-8"),
        )
