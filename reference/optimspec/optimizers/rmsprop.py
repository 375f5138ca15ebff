"""RMSprop: the gradient divided by a running root mean square of itself."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, boolean, real


class RMSprop(Optimizer):
    """E ← α·E + (1 − α)·g²;  u = g/√(E + ε), centred g/√(E − ḡ² + ε);  v ← μ·v + u;  θ ← θ − η·v

    lr               η, a rate >= 0 or a scheduler; default 0.01
    alpha            α, in [0, 1]; default 0.99
    eps              ε, >= 0, inside the root; default 1e-8
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    momentum         μ, >= 0; default 0
    centered         whether ḡ² is subtracted, where ḡ ← α·ḡ + (1 − α)·g; default False
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: E (square), ḡ (mean) and v (momentum), of the weight's shape. Raises TypeError for an argument of the wrong
    type, ValueError for one outside its domain.

    Source: Tieleman and Hinton (2012), lecture 6.5; Graves (2013), equations 38 to 41, for the centred form.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {name: jnp.zeros_like(p) for name in ("square", "mean", "momentum")}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, alpha: Real, eps: Real, momentum: Real, centered: bool
    ) -> tuple[Array, Slots]:
        square = alpha * slots["square"] + (1 - alpha) * g**2
        mean = alpha * slots["mean"] + (1 - alpha) * g
        variance = jnp.maximum(square - mean**2, 0) if centered else square  # it is negative only by rounding
        v = momentum * slots["momentum"] + g / jnp.sqrt(variance + eps)
        return p - lr * v, {"square": square, "mean": mean, "momentum": v}

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            alpha=real(self, "alpha", alpha, "[0, 1]", "OPT-28"),
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
            centered=boolean(self, "centered", centered, "OPT-27"),
        )
