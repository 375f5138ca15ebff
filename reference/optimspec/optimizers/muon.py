"""Muon: a momentum of matrices, each of which is made nearly orthogonal before it is a step."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import NON_NEGATIVE, boolean, choice, integer, real, triple

SCALES = ("original", "match_rms_adamw", "none")
FINITE = "(-inf, inf)"


class Muon(Optimizer):
    """m ← μ·m + (1 − μ)·g;  u = (1 − μ)·g + μ·m;  θ ← (1 − η·λ)·θ − η·s·O(u)

    O(u) is X after n times X ← a·X + (b·A + c·A²)·X with A = X·Xᵀ, from X = u/(‖u‖ + ε), and 0 for u = 0.

    lr               η, a rate >= 0 or a scheduler; default 0.02
    momentum         μ in [0, 1); default 0.95
    nesterov         whether u looks ahead; otherwise it is m; default True
    ns_steps         n, an integer >= 1; default 5
    ns_coefficients  a, b and c, finite; default (3.4445, −4.775, 2.0315)
    eps              ε, >= 0; default 1e-7
    scale            s: "original", √max(1, rows/columns); "match_rms_adamw", 0.2·√max(rows, columns); "none", 1;
                     default "original"
    weight_decay     λ, >= 0, decoupled; default 0
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value  bound on every element of a gradient, > 0; default None

    Slots: m, of the weight's shape, which has two axes: another is refused with ValueError at registration. The
    iteration is in the dtype of the weight, and in float32 for half precision. Raises TypeError for an argument of the
    wrong type, ValueError for one outside its domain.

    Source: Jordan, Muon: An optimizer for hidden layers in neural networks (2024).
    """

    coupled = False

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {"m": jnp.zeros_like(p)}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        momentum: Real,
        nesterov: bool,
        ns_steps: Real,
        a: Real,
        b: Real,
        c: Real,
        eps: Real,
        scale: str,
        weight_decay: Real,
    ) -> tuple[Array, Slots]:
        m = momentum * slots["m"] + (1 - momentum) * g
        u = (1 - momentum) * g + momentum * m if nesterov else m
        rows, columns = p.shape
        tall = rows > columns  # transposed, its squares are smaller
        x = _orthogonalized(u.T if tall else u, ns_steps, (a, b, c), eps)
        step = lr * _factor(scale, rows, columns) * (x.T if tall else x)
        return (1 - lr * weight_decay) * p - step, {"m": m}

    def __init__(
        self,
        lr: float | Scheduler = 0.02,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_steps: int = 5,
        ns_coefficients: Iterable[float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        scale: str = "original",
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        a, b, c = triple(self, "ns_coefficients", ns_coefficients, FINITE, "MUON-10")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            momentum=real(self, "momentum", momentum, "[0, 1)", "OPT-28"),
            nesterov=boolean(self, "nesterov", nesterov, "OPT-27"),
            ns_steps=integer(self, "ns_steps", ns_steps, 1, "OPT-28"),
            a=a,
            b=b,
            c=c,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            scale=choice(self, "scale", scale, SCALES, "OPT-28"),
        )

    def check_array(self, key: Hashable, array: Array) -> None:
        if array.ndim != 2:
            raise ValueError(f"Muon: {key!r} must have exactly two axes, got the shape {array.shape} [MUON-1]")


def _orthogonalized(u: Array, ns_steps: Real, coefficients: tuple[Real, Real, Real], eps: Real) -> Array:
    """u with singular values near 1, by a Newton–Schulz iteration; 0 stays 0."""
    size, (a, b, c) = jnp.sqrt(jnp.sum(u**2)), coefficients

    def iterate(_: Any, x: Array) -> Array:
        square = _product(x, x.T)
        return a * x + _product(b * square + c * _product(square, square), x)

    x: Array = jax.lax.fori_loop(0, ns_steps, iterate, u / jnp.where(size == 0, 1, size + eps))
    return x


def _product(x: Array, y: Array) -> Array:
    return jnp.matmul(x, y, precision=jax.lax.Precision.HIGHEST)  # no accelerator narrows it (MUON-6)


def _factor(scale: str, rows: int, columns: int) -> float:
    match scale:
        case "original":
            return math.sqrt(max(1, rows / columns)) if columns else 1.0
        case "match_rms_adamw":
            return 0.2 * math.sqrt(max(rows, columns))
    return 1.0
