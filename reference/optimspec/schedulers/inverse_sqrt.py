"""InverseSqrtSchedule: a linear rise to the base rate, then a fall with the root of the time."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, POSITIVE, integer, optional, real


class InverseSqrtSchedule(Formula):
    """η(t) = w + (b − w)·t/W while t < W, then max(e, b/√(1 + (t − W)/τ))

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_steps     W, an integer >= 0; default 4000
    timescale        τ, in steps, > 0, or None for W, which must then be above 0; default None
    warmup_start_lr  w, a rate >= 0; default 0
    eta_min          e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Vaswani et al., Attention Is All You Need (2017), section 5.3.
    """

    @staticmethod
    def rate(
        t: Real, b: Real, warmup_steps: int, timescale: Real, warmup_start_lr: Real, eta_min: Real, xp: Namespace = jnp
    ) -> Real:
        done = at_most(t, warmup_steps, xp) / max(warmup_steps, 1)
        fall = b / xp.sqrt(1 + xp.maximum(t - warmup_steps, 0) / timescale)
        return xp.where(t < warmup_steps, (1 - done) * warmup_start_lr + done * b, xp.maximum(eta_min, fall))

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        warmup_steps: int = 4000,
        timescale: float | None = None,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        warmup = integer(self, "warmup_steps", warmup_steps, 0, "ISQRT-8")
        scale = optional(real, self, "timescale", timescale, POSITIVE, "ISQRT-9")
        if not warmup and scale is None:
            raise ValueError("InverseSqrtSchedule: timescale must be given with warmup_steps=0, got None [ISQRT-7]")
        super().__init__(
            base_lr,
            last_epoch,
            warmup_steps=warmup,
            timescale=warmup if scale is None else scale,
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "ISQRT-10"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "ISQRT-11"),
        )
