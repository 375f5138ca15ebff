"""ConstantLR: a factor for a while."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler
from ..base.validation import integer, real


class ConstantLR(Scheduler):
    """η(t) = b·f while t < T, then b

    base_lr      b, a rate or a list with one for each group, >= 0; default 1e-3
    factor       f, in [0, 1]; default 1/3
    total_iters  T, in steps, an integer >= 0; default 5

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``ConstantLR``, in closed form.
    """

    @staticmethod
    def rate(t: Any, b: Any, factor: Any, total_iters: int, xp: Any = jnp) -> Any:
        return xp.where(t < total_iters, b * factor, b)

    def __init__(self, base_lr: Any = UNSET, factor: Any = 1 / 3, total_iters: Any = 5, last_epoch: Any = 0) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            factor=real(self, "factor", factor, "[0, 1]", "CONST-5"),
            total_iters=integer(self, "total_iters", total_iters, 0, "CONST-6"),
        )
