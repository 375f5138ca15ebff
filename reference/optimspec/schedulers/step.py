"""StepLR: a factor every so many steps."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler, power
from ..base.validation import integer, real


class StepLR(Scheduler):
    """η(t) = b·γ^⌊t/s⌋

    base_lr    b, a rate or a list with one for each group, >= 0; default 1e-3
    step_size  s, in steps, an integer >= 1; default 30
    gamma      γ, the factor of one fall, in (0, 1]; default 0.1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``StepLR``, in closed form.
    """

    @staticmethod
    def rate(t: Any, b: Any, step_size: int, gamma: Any, xp: Any = jnp) -> Any:
        return b * power(gamma, t // step_size, xp)

    def __init__(self, base_lr: Any = UNSET, step_size: Any = 30, gamma: Any = 0.1, last_epoch: Any = 0) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            step_size=integer(self, "step_size", step_size, 1, "STEP-4"),
            gamma=real(self, "gamma", gamma, "(0, 1]", "STEP-5"),
        )
