"""PolynomialLR: down to zero, as a power of the remaining time."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import POSITIVE, integer, real


class PolynomialLR(Formula):
    """η(t) = b·(1 − min(t, T)/T)^p

    base_lr      b, a rate or a list with one for each group, >= 0; default 1e-3
    total_iters  T, in steps, an integer >= 1; default 5
    power        p, > 0; default 1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``PolynomialLR``, in closed form; Chen et al., DeepLab (2017), section 4.1.
    """

    @staticmethod
    def rate(t: Real, b: Real, total_iters: int, power: Real, xp: Namespace = jnp) -> Real:
        return b * ((total_iters - at_most(t, total_iters, xp)) / total_iters) ** power

    def __init__(
        self, base_lr: float | Sequence[float] = UNSET, total_iters: int = 5, power: float = 1.0, last_epoch: int = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            total_iters=integer(self, "total_iters", total_iters, 1, "POLY-5"),
            power=real(self, "power", power, POSITIVE, "POLY-6"),
        )
