"""Adadelta: Adagrad with a window, and with steps in the units of the weights."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class Adadelta(Optimizer):
    """E ← ρ·E + (1 − ρ)·g²;  Δ = √(X + ε)/√(E + ε)·g;  X ← ρ·X + (1 − ρ)·Δ²;  θ ← θ − η·Δ

    lr               η, a rate >= 0 or a scheduler; default 1.0
    rho              ρ, in [0, 1]; default 0.9
    eps              ε, >= 0, inside the roots; default 1e-6
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: E (square) and X (update), of the weight's shape.

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Zeiler, ADADELTA (2012), algorithm 1.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"square": jnp.zeros_like(p), "update": jnp.zeros_like(p)}

    @staticmethod
    def apply(g: Array, slots: Slots, p: Array, lr: Real, k: Real, rho: Real, eps: Real) -> tuple[Array, Slots]:
        square = rho * slots["square"] + (1 - rho) * g**2
        delta = jnp.sqrt(slots["update"] + eps) / jnp.sqrt(square + eps) * g
        return p - lr * delta, {"square": square, "update": rho * slots["update"] + (1 - rho) * delta**2}

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            rho=real(self, "rho", rho, "[0, 1]", "OPT-28"),
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
