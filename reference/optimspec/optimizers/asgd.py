"""ASGD: gradient descent at a rate that falls by itself, with an average of the later weights."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.averaging import AveragingOptimizer
from ..base.math_functions import Real
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, integer, real


class ASGD(AveragingOptimizer):
    """θ ← (1 − Λ·η_k)·θ − η_k·g, where η_k = η/(1 + Λ·η·(k − 1))^α;  a is the mean of θ from step t₀ + 2 on

    ``averaged()`` gives a, and before that step the weight itself.

    lr               η, a rate >= 0 or a scheduler; default 0.01
    lambd            Λ, >= 0; default 1e-4
    alpha            α, >= 0; default 0.75
    t0               t₀, an integer >= 0; default 1 000 000
    weight_decay     λ, >= 0; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: ax, of the weight's shape. Raises TypeError for an argument of the wrong type, ValueError for one outside its
    domain.

    Source: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging (1992); Bottou, Stochastic
    Gradient Descent Tricks (2012), for the rate.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"ax": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, lambd: Real, alpha: Real, t0: Real
    ) -> tuple[Array, Slots]:
        rate = lr / (1 + lambd * lr * (k - 1)) ** alpha
        stepped = (1 - lambd * rate) * p - rate * g
        averaged = jnp.maximum(k - 1 - t0, 1)  # how many weights are in the average
        average = jnp.where(averaged == 1, stepped, slots["ax"] + (stepped - slots["ax"]) / averaged)
        return stepped, {"ax": average}

    @staticmethod
    def average(slots: Slots, p: Array, k: int, t0: int, **_: Any) -> Array:
        return slots["ax"] if k >= t0 + 2 else p

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: int = 1_000_000,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            lambd=real(self, "lambd", lambd, NON_NEGATIVE, "OPT-28"),
            alpha=real(self, "alpha", alpha, NON_NEGATIVE, "OPT-28"),
            t0=integer(self, "t0", t0, 0, "OPT-28"),
        )
