"""RAdam: Adam that waits until its second moment can be trusted."""

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


class RAdam(Optimizer):
    """θ ← θ − η·r_k·m̂/(√v̂ + ε) while ρ_k > 5, else θ − η·m̂;  ρ_k = ρ_∞ − 2·k·β₂^k/(1 − β₂^k), ρ_∞ = 2/(1 − β₂) − 1

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Liu et al., On the Variance of the Adaptive Learning Rate and Beyond (2020), algorithm 2.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real
    ) -> tuple[Array, Slots]:
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**k), v / (1 - beta2**k)
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * k * beta2**k / (1 - beta2**k)
        trusted = jnp.maximum(rho, 5)  # up to 5 the root is not used, and may not be real
        r = jnp.sqrt((trusted - 4) * (trusted - 2) * limit / ((limit - 4) * (limit - 2) * trusted))
        return p - lr * jnp.where(rho > 5, r * m_hat / (jnp.sqrt(v_hat) + eps), m_hat), {"m": m, "v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "RADAM-5")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
