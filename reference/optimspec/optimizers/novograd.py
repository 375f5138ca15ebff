"""Novograd: momentum over gradients that are divided by the norm of their array."""

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


class Novograd(Optimizer):
    """v ← β₂·v + (1 − β₂)·‖g‖², initially ‖g‖²;  m ← β₁·m + g/(√v + ε) + λ·θ;  θ ← θ − η·m

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, added to the normalized gradient; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m, of the weight's shape, and v, a number for the whole array. Raises TypeError for an argument of the wrong
    type, ValueError for one outside its domain.

    Source: Ginsburg et al., Stochastic Gradient Methods with Layer-wise Adaptive Moments (2019), algorithm 1.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p, shape=())}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real, weight_decay: Real
    ) -> tuple[Array, Slots]:
        square = jnp.sum(g**2)
        v = jnp.where(k == 1, square, beta2 * slots["v"] + (1 - beta2) * square)
        m = beta1 * slots["m"] + g / (jnp.sqrt(v) + eps) + weight_decay * p
        return p - lr * m, {"m": m, "v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "NOVO-6")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
