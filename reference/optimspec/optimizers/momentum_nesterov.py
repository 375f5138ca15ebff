"""MomentumNesterov: SGD with Nesterov momentum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class MomentumNesterov(Optimizer):
    """v ← μ·v + g;  θ ← θ − η·(g + μ·v)

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    momentum         μ, >= 0; default 0.9
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: v, of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Sutskever et al. (2013), in the form of SGD.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(g: Array, slots: Slots, p: Array, lr: Real, k: Real, momentum: Real) -> tuple[Array, Slots]:
        v = momentum * slots["v"] + g
        return p - lr * (g + momentum * v), {"v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
        )
