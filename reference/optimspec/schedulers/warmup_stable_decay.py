"""WarmupStableDecay: a linear rise to the base rate, a long time at it, a short fall to a floor."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most, half_cosine
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, choice, integer, real


class WarmupStableDecay(Formula):
    """η(t) = w + (b − w)·t/W while t < W, b while t < T − D, then e + (b − e)·δ((t − T + D)/D), then e

    δ(x) is 1 − x, (1 + cos(π·x))/2 or 1 − √x, depending on ``decay``.

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_steps     W, an integer >= 0
    total_steps      T, an integer >= 1, not below W + D
    decay_steps      D, an integer >= 0
    decay            'linear', 'cosine' or '1-sqrt'; without a default, as libraries differ
    warmup_start_lr  w, a rate >= 0; default 0
    eta_min          e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument that is missing or of the wrong type, ValueError for one outside its domain.

    Source: Hu et al., MiniCPM (2024), section 4.
    """

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        warmup_steps: int,
        total_steps: int,
        decay_steps: int,
        decay: str,
        warmup_start_lr: Real,
        eta_min: Real,
        xp: Namespace = jnp,
    ) -> Real:
        done = at_most(t, warmup_steps, xp) / max(warmup_steps, 1)
        steps = max(decay_steps, 1)  # a decay of one step is none
        decayed = xp.clip(t - (total_steps - steps), 0, steps)
        match decay:
            case "linear":
                v = (steps - decayed) / steps
            case "cosine":
                v = half_cosine(decayed, steps, xp)
            case _:
                v = 1 - xp.sqrt(decayed / steps)
        return xp.where(t < warmup_steps, (1 - done) * warmup_start_lr + done * b, v * b + (1 - v) * eta_min)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        *,
        warmup_steps: int,
        total_steps: int,
        decay_steps: int,
        decay: str,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        warmup = integer(self, "warmup_steps", warmup_steps, 0, "WSD-11")
        steps = integer(self, "decay_steps", decay_steps, 0, "WSD-13")
        total = integer(self, "total_steps", total_steps, 1, "WSD-12")
        super().__init__(
            base_lr,
            last_epoch,
            warmup_steps=warmup,
            total_steps=total,
            decay_steps=steps,
            decay=choice(self, "decay", decay, ("linear", "cosine", "1-sqrt"), "WSD-10"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WSD-14"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "WSD-15"),
        )
        if warmup + steps > total:
            raise ValueError(
                f"WarmupStableDecay: total_steps must be at least warmup_steps + decay_steps, {warmup} + {steps}, "
                f"got {total} [WSD-9]"
            )
