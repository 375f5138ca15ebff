"""WarmupCosineRestarts: a linear rise to the base rate, then cosines, as many as fit into the whole."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most, half_cosine
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, integer, real


class WarmupCosineRestarts(Formula):
    """η(t) = w + (b − w)·t/W while t < W, then e + (b − e)·(1 + cos(π·x/(T − W)))/2, then e

    x = n·(t − W) mod (T − W), in whole numbers, so that it is 0 at every boundary.

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_steps     W, an integer >= 0; default 1000
    total_steps      T, an integer above W; default 10000
    cycles           n, an integer >= 1; default 1; under ``jit``, n·(T − W) must fit the integers of the trace
    warmup_start_lr  w, a rate >= 0; default 0
    eta_min          e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Loshchilov and Hutter, SGDR (2017), equation 5, with a number of cycles.
    """

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        warmup_steps: int,
        total_steps: int,
        cycles: int,
        warmup_start_lr: Real,
        eta_min: Real,
        xp: Namespace = jnp,
    ) -> Real:
        done = at_most(t, warmup_steps, xp) / max(warmup_steps, 1)
        length = total_steps - warmup_steps
        w = half_cosine(xp.clip(t - warmup_steps, 0, length) * cycles % length, length, xp)
        fall = xp.where(t < total_steps, w * b + (1 - w) * eta_min, eta_min)
        return xp.where(t < warmup_steps, (1 - done) * warmup_start_lr + done * b, fall)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        warmup_steps: int = 1000,
        total_steps: int = 10000,
        cycles: int = 1,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        warmup = integer(self, "warmup_steps", warmup_steps, 0, "WRESTART-8")
        super().__init__(
            base_lr,
            last_epoch,
            warmup_steps=warmup,
            total_steps=integer(self, "total_steps", total_steps, warmup + 1, "WRESTART-7"),
            cycles=integer(self, "cycles", cycles, 1, "WRESTART-9"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WRESTART-10"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "WRESTART-11"),
        )
