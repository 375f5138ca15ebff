"""LBFGS: a quasi-Newton direction from the last few steps, without a line search."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import boolean, integer


class LBFGS(Optimizer):
    """θ ← θ − η·H·g, H the inverse Hessian of the last pairs s = θ_k − θ_{k−1}, y = g_k − g_{k−1} (two-loop recursion)

    All weights of a group that have the same k form one vector. H starts from γ·1, γ = s·y/y·y of the latest pair, in
    the first step min(1, 1/‖g‖), and always 1 without ``scale_init_precond``.

    lr                  η, a rate >= 0 or a scheduler; default 1
    memory_size         the number of pairs that are kept, an integer >= 1; default 10
    scale_init_precond  whether H starts from γ·1 or from 1; default True
    grad_clip_norm      bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value     bound on every element of a gradient, > 0; default None

    Slots: s and y, a row for each pair, the latest last; the weight and its gradient of the last step (p and g). No
    weight decay. Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Liu and Nocedal, On the Limited Memory BFGS Method (1989); Nocedal and Wright, algorithm 7.4.
    """

    joint = True

    @staticmethod
    def init_slots(p: Array, memory_size: int, **_: Any) -> Slots:
        rows = jnp.zeros_like(p, shape=(memory_size, p.size))
        return {"s": rows, "y": jnp.copy(rows), "p": jnp.zeros_like(p), "g": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, memory_size: Real, scale_init_precond: bool
    ) -> tuple[Array, Slots]:
        latest = {"s": p - slots["p"], "y": g - slots["g"]}
        s, y = (jnp.concatenate([slots[name][1:], jnp.where(k > 1, latest[name], 0)[None]]) for name in ("s", "y"))
        curvature = jnp.sum(s * y, axis=1)
        rho = jnp.where(curvature == 0, 0, 1 / curvature)
        gamma = jnp.where(rho[-1] == 0, 1, curvature[-1] / jnp.sum(y[-1] ** 2))
        gamma = jnp.where(k > 1, gamma, jnp.minimum(1, 1 / jnp.sqrt(jnp.sum(g**2))))

        def back(direction: Array, pair: tuple[Array, Array, Array]) -> tuple[Array, Array]:
            s, y, rho = pair
            weight = rho * jnp.sum(s * direction)
            return direction - weight * y, weight

        def forth(direction: Array, pair: tuple[Array, Array, Array, Array]) -> tuple[Array, None]:
            s, y, rho, weight = pair
            return direction + (weight - rho * jnp.sum(y * direction)) * s, None

        direction, weights = jax.lax.scan(back, g, (s, y, rho), reverse=True)
        direction = gamma * direction if scale_init_precond else direction
        direction, _ = jax.lax.scan(forth, direction, (s, y, rho, weights))
        return p - lr * direction, {"s": s, "y": y, "p": p, "g": g}

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        memory_size: int = 10,
        scale_init_precond: bool = True,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(
            lr,
            0.0,
            grad_clip_norm,
            grad_clip_value,
            memory_size=integer(self, "memory_size", memory_size, 1, "OPT-28"),
            scale_init_precond=boolean(self, "scale_init_precond", scale_init_precond, "OPT-27"),
        )
