"""WarmupPolynomialSchedule: a linear rise to the base rate, then a fall to a floor as a power of the remaining time."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, POSITIVE, integer, real


class WarmupPolynomialSchedule(Formula):
    """η(t) = w + (b − w)·t/W while t < W, then e + (b − e)·((T − t)/(T − W))^p, then e

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_steps     W, an integer >= 0; default 1000
    total_steps      T, an integer above W; default 10000
    power            p, > 0; default 1
    warmup_start_lr  w, a rate >= 0; default 0
    eta_min          e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: PolynomialLR down to a floor, after the warm-up of Goyal et al. (2017).
    """

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        warmup_steps: int,
        total_steps: int,
        power: Real,
        warmup_start_lr: Real,
        eta_min: Real,
        xp: Namespace = jnp,
    ) -> Real:
        done = at_most(t, warmup_steps, xp) / max(warmup_steps, 1)
        left = (total_steps - xp.clip(t, warmup_steps, total_steps)) / (total_steps - warmup_steps)
        v = left**power
        return xp.where(t < warmup_steps, (1 - done) * warmup_start_lr + done * b, v * b + (1 - v) * eta_min)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        warmup_steps: int = 1000,
        total_steps: int = 10000,
        power: float = 1.0,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        warmup = integer(self, "warmup_steps", warmup_steps, 0, "WPOLY-8")
        super().__init__(
            base_lr,
            last_epoch,
            warmup_steps=warmup,
            total_steps=integer(self, "total_steps", total_steps, warmup + 1, "WPOLY-7"),
            power=real(self, "power", power, POSITIVE, "WPOLY-11"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WPOLY-9"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "WPOLY-10"),
        )
