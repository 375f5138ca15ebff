"""StepLR: a factor every so many steps."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, power
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import integer, real


class StepLR(Formula):
    """η(t) = b·γ^⌊t/s⌋

    base_lr    b, a rate or a list with one for each group, >= 0; default 1e-3
    step_size  s, in steps, an integer >= 1; default 30
    gamma      γ, the factor of each drop, in (0, 1]; default 0.1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``StepLR``, in closed form.
    """

    @staticmethod
    def rate(t: Real, b: Real, step_size: int, gamma: Real, xp: Namespace = jnp) -> Real:
        return b * power(gamma, t // step_size, xp)

    def __init__(
        self, base_lr: float | Sequence[float] = UNSET, step_size: int = 30, gamma: float = 0.1, last_epoch: int = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            step_size=integer(self, "step_size", step_size, 1, "STEP-4"),
            gamma=real(self, "gamma", gamma, "(0, 1]", "STEP-5"),
        )
