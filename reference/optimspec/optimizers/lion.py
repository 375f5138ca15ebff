"""Lion: the sign of a momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import pair


class Lion(Optimizer):
    """θ ← θ − η·(sign(β₁·m + (1 − β₁)·g) + λ·θ), then m ← β₂·m + (1 − β₂)·g

    lr               η, a rate >= 0 or a scheduler; default 1e-4
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.99)
    weight_decay     λ, >= 0, decoupled; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m, of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Chen et al., Symbolic Discovery of Optimization Algorithms (2023), program 1.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, weight_decay: Real
    ) -> tuple[Array, Slots]:
        m = slots["m"]
        direction = jnp.sign(beta1 * m + (1 - beta1) * g)
        return p - lr * (direction + weight_decay * p), {"m": beta2 * m + (1 - beta2) * g}

    def __init__(
        self,
        lr: float | Scheduler = 1e-4,
        betas: Iterable[float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "LION-5")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
        )
