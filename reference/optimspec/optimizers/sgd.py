"""SGD: stochastic gradient descent, with classical or Nesterov momentum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.optimizer import Optimizer
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, boolean, real


class SGD(Optimizer):
    """v ← μ·v + g;  θ ← θ − η·v, with Nesterov θ ← θ − η·(g + μ·v)

    lr               η, a rate >= 0 or a scheduler; default 1e-3
    momentum         μ, >= 0; default 0
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    nesterov         default False
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: v, of the weight's shape. Raises TypeError for an argument of the wrong type, ValueError outside its domain.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013), as in PyTorch.
    """

    @staticmethod
    def init_slots(p: Any, **_: Any) -> Slots:
        return {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(g: Any, slots: Slots, p: Any, lr: Any, k: Any, momentum: Any, nesterov: bool) -> tuple[Any, Slots]:
        v = momentum * slots["v"] + g
        return p - lr * (g + momentum * v if nesterov else v), {"v": v}

    def __init__(
        self,
        lr: Any = 1e-3,
        momentum: Any = 0.0,
        weight_decay: Any = 0.0,
        nesterov: Any = False,
        grad_clip_norm: Any = None,
        grad_clip_value: Any = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
            nesterov=boolean(self, "nesterov", nesterov, "OPT-27"),
        )
