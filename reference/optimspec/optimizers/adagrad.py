"""Adagrad: the gradient divided by the root of the sum of its squares so far."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.optimizer import Optimizer
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class Adagrad(Optimizer):
    """G ← G + g²;  θ ← θ − η/(1 + (k − 1)·d)·g/√(G + ε)

    lr               η, a rate >= 0 or a scheduler; default 0.01
    lr_decay         d, >= 0; default 0
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    initial_accumulator_value  the first G, >= 0; default 0
    eps              ε, >= 0, inside the root; default 1e-10
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: G (sum), of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError outside its domain.

    Source: Duchi, Hazan and Singer, Adaptive Subgradient Methods (2011), figure 1.
    """

    @staticmethod
    def init_slots(p: Any, initial_accumulator_value: Any, **_: Any) -> Slots:
        return {"sum": jnp.full_like(p, initial_accumulator_value)}

    @staticmethod
    def apply(
        g: Any, slots: Slots, p: Any, lr: Any, k: Any, lr_decay: Any, initial_accumulator_value: Any, eps: Any
    ) -> tuple[Any, Slots]:
        total = slots["sum"] + g**2
        return p - lr / (1 + (k - 1) * lr_decay) * g / jnp.sqrt(total + eps), {"sum": total}

    def __init__(
        self,
        lr: Any = 0.01,
        lr_decay: Any = 0.0,
        weight_decay: Any = 0.0,
        initial_accumulator_value: Any = 0.0,
        eps: Any = 1e-10,
        grad_clip_norm: Any = None,
        grad_clip_value: Any = None,
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
