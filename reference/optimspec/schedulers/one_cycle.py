"""OneCycleLR: one rise to a maximum, one fall far below the start."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, half_cosine
from ..base.schedule import Formula
from ..base.validation import POSITIVE, choice, integer, optional, rates, real


class OneCycleLR(Formula):
    """η(t) = m/d + (m − m/d)·t/w for t <= w = p·N, then from m to m/f along half a cosine or a line, then m/f

    max_lr            m, a rate or a list with one for each group, >= 0; default 1e-2
    total_steps       N, an integer >= 1; default None: epochs·steps_per_epoch
    epochs            an integer >= 1, used with steps_per_epoch if total_steps is None; default None
    steps_per_epoch   likewise
    pct_start         p, in (0, 1), where w is not rounded; default 0.3
    anneal_strategy   'cos' or 'linear', the shape of the fall; default 'cos'
    div_factor        d, > 0; default 25
    final_div_factor  f, > 0; default 1e4

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain or for a missing length.

    Source: Smith and Topin, Super-Convergence (2018), section 3, in the form of upstream.
    """

    ignores_base_lr = True
    per_group = ("max_lr",)

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        max_lr: Real,
        total_steps: int,
        pct_start: Real,
        anneal_strategy: str,
        div_factor: Real,
        final_div_factor: Real,
        xp: Namespace = jnp,
    ) -> Real:
        warm = pct_start * total_steps
        risen = t / warm
        fallen = xp.clip((t - warm) / (total_steps - warm), 0.0, 1.0)
        left = half_cosine(fallen, 1.0, xp) if anneal_strategy == "cos" else 1 - fallen
        rising = (1 - risen) * (max_lr / div_factor) + risen * max_lr
        return xp.where(t <= warm, rising, left * max_lr + (1 - left) * (max_lr / final_div_factor))

    def __init__(
        self,
        max_lr: float | Sequence[float] = 1e-2,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        last_epoch: int = 0,
    ) -> None:
        maxima = rates(self, "max_lr", max_lr, "ONE-13")
        divisor = real(self, "div_factor", div_factor, POSITIVE, "ONE-12")
        total = optional(integer, self, "total_steps", total_steps, 1, "ONE-9")
        epochs = optional(integer, self, "epochs", epochs, 1, "ONE-9")
        steps_per_epoch = optional(integer, self, "steps_per_epoch", steps_per_epoch, 1, "ONE-9")
        if total is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: total_steps must be given, or both epochs and steps_per_epoch [ONE-5]")
            total = epochs * steps_per_epoch
        super().__init__(
            [m / divisor for m in maxima],
            last_epoch,
            max_lr=maxima,
            total_steps=total,
            pct_start=real(self, "pct_start", pct_start, "(0, 1)", "ONE-10"),
            anneal_strategy=choice(self, "anneal_strategy", anneal_strategy, ("cos", "linear"), "ONE-11"),
            div_factor=divisor,
            final_div_factor=real(self, "final_div_factor", final_div_factor, POSITIVE, "ONE-12"),
        )
        self.has_explicit_base_lr = False  # the base rate is derived from max_lr
