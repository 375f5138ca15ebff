"""ExponentialLR: the same factor at every step."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler, power
from ..base.validation import real


class ExponentialLR(Scheduler):
    """η(t) = b·γ^t

    base_lr  b, a rate or a list with one for each group, >= 0; default 1e-3
    gamma    γ, the factor of one step, in (0, 1); default 0.95

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: the seed document of the specification, "Notes".
    """

    @staticmethod
    def rate(t: Any, b: Any, gamma: Any, xp: Any = jnp) -> Any:
        return b * power(gamma, t, xp)

    def __init__(self, base_lr: Any = UNSET, gamma: Any = 0.95, last_epoch: Any = 0) -> None:
        super().__init__(base_lr, last_epoch, gamma=real(self, "gamma", gamma, "(0, 1)", "EXP-4"))
