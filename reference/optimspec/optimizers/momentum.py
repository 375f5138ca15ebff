"""Momentum: SGD with classical momentum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.optimizer import Optimizer
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class Momentum(Optimizer):
    """v ← μ·v + g;  θ ← θ − η·v

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    momentum         μ, >= 0; default 0.9
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: v, of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError outside its domain.

    Source: Polyak (1964), in the form of SGD.
    """

    @staticmethod
    def init_slots(p: Any, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(g: Any, slots: Slots, p: Any, lr: Any, k: Any, momentum: Any) -> tuple[Any, Slots]:
        v = momentum * slots["v"] + g
        return p - lr * v, {"v": v}

    def __init__(
        self,
        lr: Any = 1e-3,
        momentum: Any = 0.9,
        weight_decay: Any = 0.0,
        grad_clip_norm: Any = None,
        grad_clip_value: Any = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
        )
