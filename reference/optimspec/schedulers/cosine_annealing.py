"""CosineAnnealingLR: half a cosine down to a floor."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most, half_cosine
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, integer, real


class CosineAnnealingLR(Formula):
    """η(t) = e + (b − e)·(1 + cos(π·min(t, T)/T))/2

    base_lr  b, a rate or a list with one for each group, >= 0; default 1e-3
    T_max    T, in steps, an integer >= 1; default 50
    eta_min  e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Loshchilov and Hutter, SGDR (2017), equation 5, without the restarts.
    """

    @staticmethod
    def rate(t: Real, b: Real, T_max: int, eta_min: Real, xp: Namespace = jnp) -> Real:
        w = half_cosine(at_most(t, T_max, xp), T_max, xp)
        return w * b + (1 - w) * eta_min

    def __init__(
        self, base_lr: float | Sequence[float] = UNSET, T_max: int = 50, eta_min: float = 0.0, last_epoch: int = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            T_max=integer(self, "T_max", T_max, 1, "COS-6"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "COS-7"),
        )
