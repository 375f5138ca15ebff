"""SM3: Adagrad with one accumulator for each slice of an array instead of one for each element."""

from __future__ import annotations

from functools import reduce
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, real


class SM3(Optimizer):
    """ν = min over the axes of A_axis + g²;  m ← μ·m + (1 − μ)·g/√(ν + ε);  θ ← θ − η·m;  A_axis ← max of ν

    A_axis has an entry for each index of its axis; the maximum is taken over all other axes. A 0-d array has one entry.

    lr               η, a rate >= 0 or a scheduler; default 1
    momentum         μ, >= 0; default 0.9
    eps              ε, >= 0; default 1e-8
    weight_decay     λ, >= 0, coupled: g ← g + λθ; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m, of the weight's shape, and axis0, axis1, … of the lengths of its axes. Raises TypeError for an argument of
    the wrong type, ValueError for one outside its domain.

    Source: Anil et al., Memory-Efficient Adaptive Optimization (2019), SM3-II; ε is upstream's.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        axes = {f"axis{i}": jnp.zeros_like(p, shape=(length,)) for i, length in enumerate(p.shape or (1,))}
        return {"m": jnp.zeros_like(p), **axes}

    @staticmethod
    def apply(g: Array, slots: Slots, p: Array, lr: Real, k: Real, momentum: Real, eps: Real) -> tuple[Array, Slots]:
        axes = range(max(g.ndim, 1))
        others = {i: tuple(axis for axis in axes if axis != i) for i in axes}
        cover = reduce(jnp.minimum, (jnp.expand_dims(slots[f"axis{i}"], others[i]) for i in axes))
        v = cover + g**2
        scaled = jnp.where(v > 0, g / jnp.sqrt(v + eps), 0).reshape(g.shape)
        m = momentum * slots["m"] + (1 - momentum) * scaled
        return p - lr * m, {"m": m, **{f"axis{i}": jnp.max(v, others[i], initial=0) for i in axes}}

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, NON_NEGATIVE, "OPT-28"),
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
        )
