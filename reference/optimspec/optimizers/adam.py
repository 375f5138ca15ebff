"""Adam: first and second moments of the gradient, both corrected for starting at zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, boolean, pair, real


class Adam(Optimizer):
    """m ← β₁·m + (1 − β₁)·g;  v ← β₂·v + (1 − β₂)·g²;  θ ← θ − η·m̂/(√v̂ + ε), m̂ = m/(1 − β₁^k), v̂ = v/(1 − β₂^k)

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    amsgrad          whether the largest v̂ so far replaces v̂; default False
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m and v, with amsgrad v_max too, all of the weight's shape. Raises TypeError for an argument of the wrong
    type, ValueError for one outside its domain.

    Source: Kingma and Ba, Adam (2015), algorithm 1; Reddi, Kale and Kumar (2018), algorithm 2, for amsgrad.
    """

    @staticmethod
    def init_slots(p: Array, amsgrad: bool, **_: Any) -> Slots:
        return {name: jnp.zeros_like(p) for name in (("m", "v", "v_max") if amsgrad else ("m", "v"))}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, beta1: Real, beta2: Real, eps: Real, amsgrad: bool
    ) -> tuple[Array, Slots]:
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        new_slots = {"m": m, "v": v}
        m_hat, v_hat = m / (1 - beta1**k), v / (1 - beta2**k)
        if amsgrad:
            v_hat = new_slots["v_max"] = jnp.maximum(slots["v_max"], v_hat)
        return p - lr * m_hat / (jnp.sqrt(v_hat) + eps), new_slots

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "ADAM-6")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            amsgrad=boolean(self, "amsgrad", amsgrad, "OPT-27"),
        )
