"""Adafactor: second moments as products of a row and a column, and updates of bounded size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, POSITIVE, boolean, optional, pair, real


class Adafactor(Optimizer):
    """u = g/√V, scaled down where RMS(u) > d;  θ ← θ − α·(u + λ·θ), with β₁ an average of u instead of u

    V averages g² + ε₁ with β₂ = 1 − k^(−decay_rate); for two axes or more V = R·C/mean(R), R and C the averages along
    each of the two largest axes (the later of equal ones). α = η, or max(ε₂, RMS(θ))·min(0.01, 1/√k)·η without ``lr``.

    lr               η, a rate >= 0 or a scheduler; default None, with which η is 1
    eps              ε₁ and ε₂, each >= 0; default (1e-30, 1e-3)
    clip_threshold   d, > 0; default 1
    decay_rate       > 0; default 0.8
    beta1            β₁ in [0, 1) or None; default None
    weight_decay     λ, >= 0, decoupled; default 0
    factored         whether V is kept as R and C; default True
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: rows and columns, or v of the weight's shape; with β₁ m of that shape. RMS(x) = √mean(x²), of one array.
    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Shazeer and Stern, Adafactor (2018), algorithms 4 to 6.
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, beta1: Real | None, factored: bool, **_: Any) -> Slots:
        slots = {} if beta1 is None else {"m": jnp.zeros_like(p)}
        if factored and p.ndim > 1:
            a, b = _two_largest(p)
            return slots | {"rows": jnp.zeros_like(p.sum(b)), "columns": jnp.zeros_like(p.sum(a))}
        return slots | {"v": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        eps1: Real,
        eps2: Real,
        clip_threshold: Real,
        decay_rate: Real,
        beta1: Real | None,
        factored: bool,
        relative: bool,
        weight_decay: Real,
    ) -> tuple[Array, Slots]:
        beta2, square, new_slots = 1 - k**-decay_rate, g**2 + eps1, {}
        if factored and p.ndim > 1:
            a, b = _two_largest(p)
            rows = new_slots["rows"] = beta2 * slots["rows"] + (1 - beta2) * _mean(square, b)
            columns = new_slots["columns"] = beta2 * slots["columns"] + (1 - beta2) * _mean(square, a)
            rows, columns = jnp.expand_dims(rows, b), jnp.expand_dims(columns, a)
            u = g / jnp.sqrt(rows / jnp.mean(rows, a, keepdims=True)) / jnp.sqrt(columns)  # their product may underflow
        else:
            v = new_slots["v"] = beta2 * slots["v"] + (1 - beta2) * square
            u = g / jnp.sqrt(v)
        u = u / jnp.maximum(1, _rms(u) / clip_threshold)
        if beta1 is not None:
            u = new_slots["m"] = beta1 * slots["m"] + (1 - beta1) * u
        step = lr * jnp.maximum(eps2, _rms(p)) * jnp.minimum(0.01, k**-0.5) if relative else lr
        return p - step * (u + weight_decay * p), new_slots

    def __init__(
        self,
        lr: float | Scheduler | None = None,
        eps: Iterable[float] = (1e-30, 1e-3),
        clip_threshold: float = 1.0,
        decay_rate: float = 0.8,
        beta1: float | None = None,
        weight_decay: float = 0.0,
        factored: bool = True,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        eps1, eps2 = pair(self, "eps", eps, NON_NEGATIVE, "FACTOR-9")
        super().__init__(
            1.0 if lr is None else lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            eps1=eps1,
            eps2=eps2,
            clip_threshold=real(self, "clip_threshold", clip_threshold, POSITIVE, "OPT-28"),
            decay_rate=real(self, "decay_rate", decay_rate, POSITIVE, "OPT-28"),
            beta1=optional(real, self, "beta1", beta1, "[0, 1)", "OPT-28"),
            factored=boolean(self, "factored", factored, "OPT-27"),
            relative=lr is None,
        )


def _two_largest(p: Array) -> list[int]:
    """The two longest axes, the later of equal ones, in the order of the array."""
    return sorted(sorted(range(p.ndim), key=lambda axis: (p.shape[axis], axis))[-2:])


def _mean(x: Array, axis: int) -> Array:
    """The mean along an axis, or 0 if the axis has no entries."""
    return jnp.sum(x, axis) / max(x.shape[axis], 1)


def _rms(x: Array) -> Array:
    return jnp.sqrt(jnp.mean(x**2))
