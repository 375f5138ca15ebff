"""WarmupLinearSchedule: a linear rise to the base rate, then a straight line down to a floor."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, integer, real


class WarmupLinearSchedule(Formula):
    """η(t) = w + (b − w)·t/W while t < W, then e + (b − e)·(T − t)/(T − W), then e

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_steps     W, an integer >= 0; default 1000
    total_steps      T, an integer above W; default 10000
    warmup_start_lr  w, a rate >= 0; default 0
    eta_min          e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Devlin et al., BERT (2019), appendix A.2.
    """

    @staticmethod
    def rate(
        t: Real, b: Real, warmup_steps: int, total_steps: int, warmup_start_lr: Real, eta_min: Real, xp: Namespace = jnp
    ) -> Real:
        done = at_most(t, warmup_steps, xp) / max(warmup_steps, 1)
        left = (total_steps - xp.clip(t, warmup_steps, total_steps)) / (total_steps - warmup_steps)
        return xp.where(t < warmup_steps, (1 - done) * warmup_start_lr + done * b, left * b + (1 - left) * eta_min)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        warmup_steps: int = 1000,
        total_steps: int = 10000,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        warmup = integer(self, "warmup_steps", warmup_steps, 0, "WLIN-8")
        super().__init__(
            base_lr,
            last_epoch,
            warmup_steps=warmup,
            total_steps=integer(self, "total_steps", total_steps, warmup + 1, "WLIN-7"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WLIN-9"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "WLIN-10"),
        )
