"""ScheduleFreeAdamW: steps from an average of the weights, in place of a schedule that falls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.averaging import AveragingOptimizer
from ..base.math_functions import Real
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, integer, pair, real


class ScheduleFreeAdamW(AveragingOptimizer):
    """z ← z − γ·(g/(√v̂ + ε) + λ·y);  x ← (1 − c)·x + c·z;  y = (1 − β₁)·z + β₁·x, the weight's value

    γ = η·min(1, k/W), w = k^r·(the largest γ so far)^p, and c = w/(the sum of w), or 0 while that is 0; initially z and
    x are the weight. ``averaged()`` gives x.

    lr               η, a rate >= 0 or a scheduler; default 2.5e-3
    betas            β₁ and β₂, each in (0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, decoupled; default 0
    warmup_steps     W, an integer >= 0; default 0
    r                >= 0; default 0
    weight_lr_power  p, >= 0; default 2
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: z and v, of the weight's shape, and weight_sum and max_lr, numbers for the whole array. Raises TypeError for
    an argument of the wrong type, ValueError for one outside its domain.

    Source: Defazio et al., The Road Less Scheduled (2024), algorithm 1.
    """

    coupled = False
    moves_at_rate_zero = True

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        numbers = {name: jnp.zeros((), float) for name in ("weight_sum", "max_lr")}  # float32 cannot sum for long
        return {"z": jnp.zeros_like(p), "v": jnp.zeros_like(p), **numbers}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        beta1: Real,
        beta2: Real,
        eps: Real,
        warmup_steps: Real,
        r: Real,
        weight_lr_power: Real,
        weight_decay: Real,
    ) -> tuple[Array, Slots]:
        z = jnp.where(k == 1, p, slots["z"])
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        rate = lr * jnp.minimum(1, k / jnp.maximum(warmup_steps, 1))
        direction = g / (jnp.sqrt(v / (1 - beta2**k)) + eps) + weight_decay * p
        step = jnp.where(rate == 0, 0, rate * direction)
        max_lr = jnp.maximum(slots["max_lr"], rate)
        weight = 1.0 * k**r * max_lr**weight_lr_power
        weight_sum = slots["weight_sum"] + weight
        c = jnp.where(weight_sum == 0, 0, weight / weight_sum).astype(p.dtype)
        y = (1 - c) * p + c * z - (1 - beta1 * (1 - c)) * step
        return y, {"z": z - step, "v": v, "weight_sum": weight_sum, "max_lr": max_lr}

    @staticmethod
    def average(slots: Slots, p: Array, k: int, beta1: float, **_: Any) -> Array:
        return (p - (1 - beta1) * slots["z"]) / beta1

    def __init__(
        self,
        lr: float | Scheduler = 0.0025,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "(0, 1)", "SFADAMW-8")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            warmup_steps=integer(self, "warmup_steps", warmup_steps, 0, "OPT-28"),
            r=real(self, "r", r, NON_NEGATIVE, "OPT-28"),
            weight_lr_power=real(self, "weight_lr_power", weight_lr_power, NON_NEGATIVE, "OPT-28"),
        )
