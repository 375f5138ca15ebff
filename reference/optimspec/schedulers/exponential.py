"""ExponentialLR: the same factor at every step."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, power
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import real


class ExponentialLR(Formula):
    """η(t) = b·γ^t

    base_lr  b, a rate or a list with one for each group, >= 0; default 1e-3
    gamma    γ, the factor of one step, in (0, 1); default 0.95

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: the braintools page, "Notes".
    """

    @staticmethod
    def rate(t: Real, b: Real, gamma: Real, xp: Namespace = jnp) -> Real:
        return b * power(gamma, t, xp)

    def __init__(self, base_lr: float | Sequence[float] = UNSET, gamma: float = 0.95, last_epoch: int = 0) -> None:
        super().__init__(base_lr, last_epoch, gamma=real(self, "gamma", gamma, "(0, 1)", "EXP-4"))
