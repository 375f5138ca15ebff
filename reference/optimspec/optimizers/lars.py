"""Lars: momentum over gradients that are scaled to the norm of their weight."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real, norm
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class Lars(Optimizer):
    """v ← μ·v + (τ·‖θ‖/(‖g‖ + ε))·g, the factor 1 where a norm is 0;  θ ← θ − η·v

    lr                 η, a rate >= 0 or a scheduler; default 1
    momentum           μ, >= 0; default 0.9
    weight_decay       λ, >= 0, coupled: g ← g + λθ before its norm is taken; default 0
    trust_coefficient  τ, >= 0; default 1e-3
    eps                ε, >= 0; default 1e-8
    grad_clip_norm     bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value    bound on every element of a gradient, > 0; default None

    Slots: v, of the weight's shape. Norms are Euclidean, of one array. Raises TypeError for an argument of the wrong
    type, ValueError for one outside its domain.

    Source: You, Gitman and Ginsburg, Large Batch Training of Convolutional Networks (2017), in upstream's order.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, momentum: Real, trust_coefficient: Real, eps: Real
    ) -> tuple[Array, Slots]:
        p_norm, g_norm = norm(p), norm(g)
        ratio = jnp.where((p_norm > 0) & (g_norm > 0), trust_coefficient * p_norm / (g_norm + eps), 1)
        v = momentum * slots["v"] + ratio * g
        return p - lr * v, {"v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 0.001,
        eps: float = 1e-8,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
            trust_coefficient=real(self, "trust_coefficient", trust_coefficient, NON_NEGATIVE, "OPT-28"),
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
