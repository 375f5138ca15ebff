"""AdEMAMix: AdamW with a second, slow momentum added to the first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, integer, optional, real, triple


class AdEMAMix(Optimizer):
    """θ ← θ − η·((m̂₁ + α·m₂)/(√v̂ + ε) + λ·θ), with averages m₁ (β₁) and m₂ (β₃) of g and v (β₂) of g²

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    betas            β₁, β₂ and β₃, each in [0, 1); default (0.9, 0.999, 0.9999)
    alpha            α, >= 0; default 5
    alpha_warmup     A, steps of a weight, >= 1: α·min(k/A, 1) in place of α; default None
    beta3_warmup     B, steps of a weight, >= 1, in which 1/ln β₃ goes from 1/ln β₁ to its own; default None
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, decoupled; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m1, m2 and v, of the weight's shape; m₂ is not bias-corrected. Raises TypeError for an argument of the wrong
    type, ValueError for one outside its domain.

    Source: Pagliardini, Ablin and Grangier, The AdEMAMix Optimizer (2024), section 3.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {name: jnp.zeros_like(p) for name in ("m1", "m2", "v")}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        beta1: Real,
        beta2: Real,
        beta3: Real,
        alpha: Real,
        alpha_warmup: Real,
        beta3_warmup: Real,
        eps: Real,
        weight_decay: Real,
    ) -> tuple[Array, Slots]:
        alpha = alpha * jnp.minimum(k / alpha_warmup, 1)
        beta3 = jnp.where(k < beta3_warmup, _between(beta1, beta3, k / beta3_warmup), beta3)
        m1 = beta1 * slots["m1"] + (1 - beta1) * g
        m2 = beta3 * slots["m2"] + (1 - beta3) * g
        v = beta2 * slots["v"] + (1 - beta2) * g**2
        m1_hat, v_hat = m1 / (1 - beta1**k), v / (1 - beta2**k)
        direction = (m1_hat + alpha * m2) / (jnp.sqrt(v_hat) + eps)
        return p - lr * (direction + weight_decay * p), {"m1": m1, "m2": m2, "v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999, 0.9999),
        alpha: float = 5.0,
        alpha_warmup: int | None = None,
        beta3_warmup: int | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        beta1, beta2, beta3 = triple(self, "betas", betas, "[0, 1)", "MIX-8")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            beta3=beta3,
            alpha=real(self, "alpha", alpha, NON_NEGATIVE, "OPT-28"),
            alpha_warmup=optional(integer, self, "alpha_warmup", alpha_warmup, 1, "OPT-28") or 1,
            beta3_warmup=optional(integer, self, "beta3_warmup", beta3_warmup, 1, "OPT-28") or 1,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )


def _between(beta1: Real, beta3: Real, done: Real) -> Real:
    """The β whose 1/ln β is ``done`` of the way from that of β₁ to that of β₃; 1/ln 0 is 0, and exp(1/0) here 0."""
    return jnp.exp(1 / ((1 - done) / jnp.log(beta1) + done / jnp.log(beta3)))
