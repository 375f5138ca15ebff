"""Lars: momentum over gradients that are scaled to the size of their weight."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.optimizer import Optimizer
from ..base.update import Slots, norm
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
    type, ValueError outside its domain.

    Source: You, Gitman and Ginsburg, Large Batch Training of Convolutional Networks (2017), with upstream's order.
    """

    @staticmethod
    def init_slots(p: Any, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Any, slots: Slots, p: Any, lr: Any, k: Any, momentum: Any, trust_coefficient: Any, eps: Any
    ) -> tuple[Any, Slots]:
        p_norm, g_norm = norm(p), norm(g)
        ratio = jnp.where((p_norm > 0) & (g_norm > 0), trust_coefficient * p_norm / (g_norm + eps), 1)
        v = momentum * slots["v"] + ratio * g
        return p - lr * v, {"v": v}

    def __init__(
        self,
        lr: Any = 1.0,
        momentum: Any = 0.9,
        weight_decay: Any = 0.0,
        trust_coefficient: Any = 0.001,
        eps: Any = 1e-8,
        grad_clip_norm: Any = None,
        grad_clip_value: Any = None,
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
