"""Fromage: steps as long as the weight itself, corrected for the growth that they cause."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real, norm
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots

SMALLEST = 1e-6  # the least value that is used for a norm


class Fromage(Optimizer):
    """θ ← (θ − η·(‖θ‖/‖g‖)·g)/√(1 + η²), with norms of at least 1e-6

    lr               η, a rate >= 0 or a scheduler; default 1
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    No slots, no weight decay. Norms are Euclidean, of one array. Raises TypeError for an argument of the wrong type,
    ValueError for one outside its domain.

    Source: Bernstein et al., On the Distance between Two Neural Networks and the Stability of Learning (2020),
    algorithm 1; the smallest norm is upstream's.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {}

    @staticmethod
    def apply(g: Array, slots: Slots, p: Array, lr: Real, k: Real) -> tuple[Array, Slots]:
        p_norm, g_norm = jnp.maximum(norm(p), SMALLEST), jnp.maximum(norm(g), SMALLEST)
        return (p - lr * (p_norm / g_norm) * g) / jnp.sqrt(1 + lr**2), slots

    def __init__(
        self, lr: float | Scheduler = 1.0, grad_clip_norm: float | None = None, grad_clip_value: float | None = None
    ) -> None:
        super().__init__(lr, 0.0, grad_clip_norm, grad_clip_value)
