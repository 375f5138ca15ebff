"""Nadam: Adam with Nesterov momentum that grows with k."""

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


class Nadam(Optimizer):
    """θ ← θ − η/(√v̂ + ε)·((1 − μ_k)·g/(1 − P_k) + μ_{k+1}·m/(1 − P_k·μ_{k+1})), μ_k = β₁·(1 − 0.96^(k·ψ)/2)

    lr               η, a rate >= 0 or a scheduler; default 2e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    momentum_decay   ψ, >= 0; default 0.004
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, of the weight's shape, and P, the product of μ_1 to μ_k.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Dozat, Incorporating Nesterov Momentum into Adam (2016), in the form of PyTorch.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p), "product": jnp.ones(())}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real, momentum_decay: Real
    ) -> tuple[Array, Slots]:
        mu, next_mu = (beta1 * (1 - 0.96 ** (i * momentum_decay) / 2) for i in (k, k + 1))
        product = slots["product"] * mu
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        now, ahead = (1 - mu) / (1 - product), next_mu / (1 - product * next_mu)
        direction = now.astype(g.dtype) * g + ahead.astype(g.dtype) * m
        return p - lr * direction / (jnp.sqrt(v / (1 - beta2**k)) + eps), {"m": m, "v": v, "product": product}

    def __init__(
        self,
        lr: float | Scheduler = 2e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 0.004,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "NADAM-5")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            momentum_decay=real(self, "momentum_decay", momentum_decay, NON_NEGATIVE, "OPT-28"),
        )
