"""CautiousAdamW: AdamW that leaves out the elements whose step would go against the gradient."""

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


class CautiousAdamW(Optimizer):
    """θ ← θ − η·(φ·u/max(mean φ, 0.001) + λ·θ), u = m̂/(√v̂ + ε) of Adam, φ = 1 where u and g have one sign, else 0

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, decoupled, and not masked; default 0.01
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, of the weight's shape. The mean of φ is that of one array. Raises TypeError for an argument of the
    wrong type, ValueError for one outside its domain.

    Source: Liang et al., Cautious Optimizers (2024), algorithm 1, with the scale of its authors' AdamW.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real, weight_decay: Real
    ) -> tuple[Array, Slots]:
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        u = m / (1 - beta1**k) / (jnp.sqrt(v / (1 - beta2**k)) + eps)
        mask = jnp.sign(u) * jnp.sign(g) > 0  # u·g would be 0 where both are small
        mean = (jnp.sum(mask) / max(mask.size, 1)).astype(u.dtype)
        masked = jnp.where(mask, u, 0 * u)  # of u·mask, XLA makes a choice of 0, also where u is nan
        direction = masked / jnp.maximum(mean, 1e-3)
        return p - lr * (direction + weight_decay * p), {"m": m, "v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "CAUT-7")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
