"""ScheduleFreeSGD: gradient descent from an average of the weights, in place of a schedule that falls."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.averaging import AveragingOptimizer
from ..base.math_functions import Real
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, integer, real


class ScheduleFreeSGD(AveragingOptimizer):
    """z ← z − γ·(g + λ·y);  x ← (1 − c)·x + c·z;  y = (1 − μ)·z + μ·x, the weight's value

    γ = η·min(1, k/W), w = k^r·(the largest γ so far)^p, and c = w/(the sum of w), or 0 while that is 0; initially z and
    x are the weight. ``averaged()`` gives x.

    lr               η, a rate >= 0 or a scheduler; default 1
    momentum         μ in (0, 1); default 0.9
    weight_decay     λ, >= 0; default 0
    warmup_steps     W, an integer >= 0; default 0
    r                >= 0; default 0
    weight_lr_power  p, >= 0; default 2
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: z, of the weight's shape, and weight_sum and max_lr, numbers for the whole array. Raises TypeError for an
    argument of the wrong type, ValueError for one outside its domain.

    Source: Defazio et al., The Road Less Scheduled (2024), equations 2 to 4.
    """

    moves_at_rate_zero = True

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        numbers = {name: jnp.zeros((), float) for name in ("weight_sum", "max_lr")}  # float32 cannot sum for long
        return {"z": jnp.zeros_like(p), **numbers}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        momentum: Real,
        warmup_steps: Real,
        r: Real,
        weight_lr_power: Real,
    ) -> tuple[Array, Slots]:
        z = jnp.where(k == 1, p, slots["z"])
        rate = lr * jnp.minimum(1, k / jnp.maximum(warmup_steps, 1))
        step = jnp.where(rate == 0, 0, rate * g)
        max_lr = jnp.maximum(slots["max_lr"], rate)
        weight = 1.0 * k**r * max_lr**weight_lr_power
        weight_sum = slots["weight_sum"] + weight
        c = jnp.where(weight_sum == 0, 0, weight / weight_sum).astype(p.dtype)
        y = (1 - c) * p + c * z - (1 - momentum * (1 - c)) * step
        return y, {"z": z - step, "weight_sum": weight_sum, "max_lr": max_lr}

    @staticmethod
    def average(slots: Slots, p: Array, k: int, momentum: float, **_: Any) -> Array:
        return (p - (1 - momentum) * slots["z"]) / momentum

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, "(0, 1)", "OPT-28"),
            warmup_steps=integer(self, "warmup_steps", warmup_steps, 0, "OPT-28"),
            r=real(self, "r", r, NON_NEGATIVE, "OPT-28"),
            weight_lr_power=real(self, "weight_lr_power", weight_lr_power, NON_NEGATIVE, "OPT-28"),
        )
