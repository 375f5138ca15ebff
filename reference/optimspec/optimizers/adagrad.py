"""Adagrad: the gradient divided by the root of the sum of its squares so far."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class Adagrad(Optimizer):
    """G ← G + g²;  θ ← θ − η/(1 + (k − 1)·d)·g/√(G + ε)

    lr               η, a rate >= 0 or a scheduler; default 0.01
    lr_decay         d, >= 0; default 0
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    initial_accumulator_value  the initial G, >= 0; default 0
    eps              ε, >= 0, inside the root; default 1e-10
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: G (sum), of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Duchi, Hazan and Singer, Adaptive Subgradient Methods (2011), figure 1.
    """

    @staticmethod
    def init_slots(p: Array, initial_accumulator_value: Real, **_: Any) -> Slots:
        return {"sum": jnp.full_like(p, initial_accumulator_value)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, lr_decay: Real, initial_accumulator_value: Real, eps: Real
    ) -> tuple[Array, Slots]:
        total = slots["sum"] + g**2
        return p - lr / (1 + (k - 1) * lr_decay) * g / jnp.sqrt(total + eps), {"sum": total}

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        initial = real(self, "initial_accumulator_value", initial_accumulator_value, NON_NEGATIVE, "OPT-28")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            lr_decay=real(self, "lr_decay", lr_decay, NON_NEGATIVE, "OPT-28"),
            initial_accumulator_value=initial,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
