"""CyclicLR: triangles between two rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, power
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import POSITIVE, choice, integer, optional, rates, real


class CyclicLR(Formula):
    """η(t) = b + (m − b)·h·s; h = r/u rising, (u + d − r)/d falling, r = t mod (u + d)

    s is 1, 0.5^c or γ^t, depending on ``mode``, with c = ⌊t/(u + d)⌋; a ``scale_fn`` replaces it.

    base_lr         b, a rate or a list with one for each group, >= 0; default 1e-3
    max_lr          m, likewise; default 1e-2
    step_size_up    u, in steps, an integer >= 1; default 2000
    step_size_down  d, likewise, or None for u; default None
    mode            'triangular', 'triangular2' or 'exp_range'; default 'triangular'
    gamma           γ, > 0; default 1
    scale_fn        a function of c + 1, or of t with ``scale_mode='iterations'``; its exceptions reach the caller
    scale_mode      'cycle' or 'iterations'; default 'cycle'

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Smith, Cyclical Learning Rates for Training Neural Networks (2017), section 3.
    """

    per_group = ("max_lr",)

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        max_lr: Real,
        step_size_up: int,
        step_size_down: int,
        mode: str,
        gamma: Real,
        scale_fn: Callable[[Real], Real] | None,
        scale_mode: str,
        xp: Namespace = jnp,
    ) -> Real:
        cycle, r = t // (step_size_up + step_size_down), t % (step_size_up + step_size_down)
        height = xp.minimum(r / step_size_up, (step_size_up + step_size_down - r) / step_size_down)
        if scale_fn is not None:
            scale = scale_fn(cycle + 1 if scale_mode == "cycle" else t)
        elif mode == "triangular":
            scale = 1.0
        else:
            scale = power(0.5, cycle, xp) if mode == "triangular2" else power(gamma, t, xp)
        rise = (max_lr - b) * height
        return b + rise * xp.where(rise == 0, 0.0, scale)  # 0·inf is 0 here

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        max_lr: float | Sequence[float] = 1e-2,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[Real], Real] | None = None,
        scale_mode: str = "cycle",
        last_epoch: int = 0,
    ) -> None:
        up = integer(self, "step_size_up", step_size_up, 1, "CYC-12")
        down = optional(integer, self, "step_size_down", step_size_down, 1, "CYC-12")
        if scale_fn is not None and not callable(scale_fn):
            raise TypeError(f"CyclicLR: scale_fn must be callable or None, got {scale_fn!r} [CYC-16]")
        super().__init__(
            base_lr,
            last_epoch,
            max_lr=rates(self, "max_lr", max_lr, "CYC-15"),
            step_size_up=up,
            step_size_down=up if down is None else down,
            mode=choice(self, "mode", mode, ("triangular", "triangular2", "exp_range"), "CYC-13"),
            gamma=real(self, "gamma", gamma, POSITIVE, "CYC-14"),
            scale_fn=scale_fn,
            scale_mode=choice(self, "scale_mode", scale_mode, ("cycle", "iterations"), "CYC-13"),
        )
