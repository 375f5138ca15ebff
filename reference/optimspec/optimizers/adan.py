"""Adan: Nesterov momentum by the difference of two gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real, triple


class Adan(Optimizer):
    """θ ← (θ − η·(m̂ + β₂·v̂)/(√n̂ + ε))/(1 + η·λ): averages of g, of Δ = g − g₋₁, and of (g + β₂·Δ)²

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁, β₂ and β₃ of the three averages, each in [0, 1); default (0.98, 0.92, 0.99)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, decoupled; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m, v, n and the gradient of the last step (g), of the weight's shape. Δ is 0 in the first step. Raises
    TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Xie et al., Adan: Adaptive Nesterov Momentum Algorithm (2022), algorithm 1, without restarts.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {name: jnp.zeros_like(p) for name in ("m", "v", "n", "g")}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        beta1: Real,
        beta2: Real,
        beta3: Real,
        eps: Real,
        weight_decay: Real,
    ) -> tuple[Array, Slots]:
        difference = jnp.where(k > 1, g - slots["g"], 0)
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * difference
        n = beta3 * slots["n"] + (1 - beta3) * (g + beta2 * difference) ** 2
        m_hat, v_hat, n_hat = m / (1 - beta1**k), v / (1 - beta2**k), n / (1 - beta3**k)
        stepped = p - lr * (m_hat + beta2 * v_hat) / (jnp.sqrt(n_hat) + eps)
        return stepped / (1 + lr * weight_decay), {"m": m, "v": v, "n": n, "g": g}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2, beta3 = triple(self, "betas", betas, "[0, 1)", "ADAN-7")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            beta3=beta3,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
