"""Rprop: the sign of the gradient, with a step size for each element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import pair


class Rprop(Optimizer):
    """s ← η₊·s up to s_max while g keeps its sign, η₋·s down to s_min where it changes;  θ ← θ − s·sign(g)

    lr               η, a rate >= 0 or a scheduler; default 0.01
    etas             η₋ and η₊, 0 < η₋ < 1 < η₊; default (0.5, 1.2)
    step_sizes       s_min and s_max, 0 < s_min <= s_max; default (1e-6, 50)
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots, of the weight's shape: s relative to the rate (size), and the last gradient, 0 where its sign changed (last).

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Riedmiller and Braun (1993), without backtracking.
    """

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"size": jnp.ones_like(p), "last": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array, slots: Slots, p: Array, lr: Real, k: Real, shrink: Real, grow: Real, smallest: Real, largest: Real
    ) -> tuple[Array, Slots]:
        turn, size = jnp.sign(g) * jnp.sign(slots["last"]), slots["size"]
        turn, g = jnp.where(lr > 0, turn, 0), jnp.where(turn < 0, 0, g)
        lowest, highest = smallest / lr, largest / lr
        grown = jnp.minimum(grow * size, jnp.maximum(size, highest))
        shrunk = jnp.maximum(shrink * size, jnp.minimum(size, lowest))
        size = jnp.where(turn > 0, grown, jnp.where(turn < 0, shrunk, size))
        return p - lr * size * jnp.sign(g), {"size": size, "last": g}

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        etas: Iterable[float] = (0.5, 1.2),
        step_sizes: Iterable[float] = (1e-6, 50.0),
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        shrink, grow = pair(self, "etas", etas, "(0, inf)", "RPROP-8")
        if not shrink < 1 < grow:
            raise ValueError(f"Rprop: etas must be below 1 and above 1, got {etas!r} [RPROP-8]")
        smallest, largest = pair(self, "step_sizes", step_sizes, "(0, inf)", "RPROP-9")
        if smallest > largest:
            raise ValueError(f"Rprop: step_sizes must be in order, got {step_sizes!r} [RPROP-9]")
        super().__init__(
            lr,
            0.0,
            grad_clip_norm,
            grad_clip_value,
            shrink=shrink,
            grow=grow,
            smallest=smallest,
            largest=largest,
        )
