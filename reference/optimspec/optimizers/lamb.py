"""Lamb: the step of AdamW, scaled to the norm of the weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real, norm
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, pair, real


class Lamb(Optimizer):
    """r = m̂/(√v̂ + ε) + λ·θ;  θ ← θ − η·(‖θ‖/‖r‖)·r, the ratio 1 where a norm is 0; m̂ and v̂ as in Adam

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-6
    weight_decay     λ, >= 0, part of r; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, of the weight's shape. Norms are Euclidean, of one array. Raises TypeError for an argument of the
    wrong type, ValueError for one outside its domain.

    Source: You et al., Large Batch Optimization for Deep Learning (2020), algorithm 2, with φ the identity.
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
        r = m / (1 - beta1**k) / (jnp.sqrt(v / (1 - beta2**k)) + eps) + weight_decay * p
        p_norm, r_norm = norm(p), norm(r)
        ratio = jnp.where((p_norm > 0) & (r_norm > 0), p_norm / r_norm, 1)
        return p - lr * ratio * r, {"m": m, "v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "LAMB-6")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
