"""ConstantLR: a constant factor for the first steps."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import integer, real


class ConstantLR(Formula):
    """η(t) = b·f while t < T, then b

    base_lr      b, a rate or a list with one for each group, >= 0; default 1e-3
    factor       f, in [0, 1]; default 1/3
    total_iters  T, in steps, an integer >= 0; default 5

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``ConstantLR``, in closed form.
    """

    @staticmethod
    def rate(t: Real, b: Real, factor: Real, total_iters: int, xp: Namespace = jnp) -> Real:
        return xp.where(t < total_iters, b * factor, b)

    def __init__(
        self, base_lr: float | Sequence[float] = UNSET, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            factor=real(self, "factor", factor, "[0, 1]", "CONST-5"),
            total_iters=integer(self, "total_iters", total_iters, 0, "CONST-6"),
        )
