"""LinearLR: a factor that changes linearly."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import integer, real


class LinearLR(Formula):
    """η(t) = b·(s + (e − s)·min(t, T)/T); with T = 0, b·e

    base_lr       b, a rate or a list with one for each group, >= 0; default 1e-3
    start_factor  s, in [0, 1]; default 1/3
    end_factor    e, in [0, 1]; default 1
    total_iters   T, in steps, an integer >= 0; default 5

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PyTorch's ``LinearLR``, in closed form; Goyal et al. (2017), section 2.2.
    """

    @staticmethod
    def rate(t: Real, b: Real, start_factor: Real, end_factor: Real, total_iters: int, xp: Namespace = jnp) -> Real:
        if total_iters == 0:
            return b * end_factor
        done = at_most(t, total_iters, xp)
        return b * ((total_iters - done) / total_iters * start_factor + done / total_iters * end_factor)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            start_factor=real(self, "start_factor", start_factor, "[0, 1]", "LIN-6"),
            end_factor=real(self, "end_factor", end_factor, "[0, 1]", "LIN-7"),
            total_iters=integer(self, "total_iters", total_iters, 0, "LIN-8"),
        )
