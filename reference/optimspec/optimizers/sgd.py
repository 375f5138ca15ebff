"""SGD: stochastic gradient descent, with classical or Nesterov momentum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, boolean, real


class SGD(Optimizer):
    """v ← μ·v + g;  θ ← θ − η·v, with Nesterov θ ← θ − η·(g + μ·v)

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    momentum         μ, >= 0; default 0
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    nesterov         whether the momentum is Nesterov's; default False
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: v, of the weight's shape. Raises TypeError for an argument of the wrong type, ValueError for one outside its
    domain.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013), as in PyTorch.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, momentum: Real, nesterov: bool
    ) -> tuple[Array, Slots]:
        v = momentum * slots["v"] + g
        return p - lr * (g + momentum * v if nesterov else v), {"v": v}

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
            nesterov=boolean(self, "nesterov", nesterov, "OPT-27"),
        )
