"""PolynomialLR: down to zero along a power of the time that is left."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler, at_most
from ..base.validation import POSITIVE, integer, real


class PolynomialLR(Scheduler):
    """η(t) = b·(1 − min(t, T)/T)^p

    base_lr      b, a rate or a list with one for each group, >= 0; default 1e-3
    total_iters  T, in steps, an integer >= 1; default 5
    power        p, > 0; default 1

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``PolynomialLR``, in closed form; Chen et al., DeepLab (2017), section 4.1.
    """

    @staticmethod
    def rate(t: Any, b: Any, total_iters: int, power: Any, xp: Any = jnp) -> Any:
        return b * ((total_iters - at_most(t, total_iters, xp)) / total_iters) ** power

    def __init__(self, base_lr: Any = UNSET, total_iters: Any = 5, power: Any = 1.0, last_epoch: Any = 0) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            total_iters=integer(self, "total_iters", total_iters, 1, "POLY-5"),
            power=real(self, "power", power, POSITIVE, "POLY-6"),
        )
