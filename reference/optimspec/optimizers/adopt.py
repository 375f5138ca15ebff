"""ADOPT: a momentum of gradients that are divided by the root mean square of those before."""

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


class ADOPT(Optimizer):
    """m ← β₁·m + (1 − β₁)·clip(g/max(√v, ε), ±(k − 1)^¼);  θ ← θ − η·(m + λ·θ);  then v ← β₂·v + (1 − β₂)·g²

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.9999)
    eps              ε, >= 0; default 1e-6
    weight_decay     λ, >= 0, decoupled; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, of the weight's shape. The first step sets v to g², and moves nothing. Raises TypeError for an
    argument of the wrong type, ValueError for one outside its domain.

    Source: Taniguchi et al., ADOPT: Modified Adam Can Converge with Any β₂ (2024), algorithm 2.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real, weight_decay: Real
    ) -> tuple[Array, Slots]:
        bound = (k - 1) ** 0.25
        quotient = jnp.clip(g / jnp.maximum(jnp.sqrt(slots["v"]), eps), -bound, bound)
        m = beta1 * slots["m"] + (1 - beta1) * quotient
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        first, stepped = k == 1, p - lr * (m + weight_decay * p)
        slots = {"m": jnp.where(first, slots["m"], m), "v": jnp.where(first, g**2, v)}
        return jnp.where(first, p, stepped), slots

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.9999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "ADOPT-7")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
