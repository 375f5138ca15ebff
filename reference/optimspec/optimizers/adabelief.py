"""AdaBelief: Adam with the variance of the gradient around its mean instead of the second moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, pair, real


class AdaBelief(Optimizer):
    """m ← β₁·m + (1 − β₁)·g;  s ← β₂·s + (1 − β₂)·(g − m)² + ε;  θ ← θ − η·m̂/(√ŝ + ε), corrected as in Adam

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-16
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and s, of the weight's shape. Raises TypeError for an argument of the wrong type, ValueError for one
    outside its domain.

    Source: Zhuang et al., AdaBelief Optimizer (2020), algorithm 2.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "s": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real
    ) -> tuple[Array, Slots]:
        m = beta1 * slots["m"] + (1 - beta1) * g
        s = beta2 * slots["s"] + (1 - beta2) * (g - m) ** 2 + eps
        return p - lr * m / (1 - beta1**k) / (jnp.sqrt(s / (1 - beta2**k)) + eps), {"m": m, "s": s}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "BELIEF-5")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
