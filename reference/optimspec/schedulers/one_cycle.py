"""OneCycleLR: one rise to a maximum, one fall far below the start."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import Scheduler, half_cosine
from ..base.validation import POSITIVE, choice, integer, optional, rates, real


class OneCycleLR(Scheduler):
    """η(t) = m/d + (m − m/d)·t/w for t <= w = p·N, then from m to m/f along half a cosine or a line, then m/f

    max_lr            m, a rate or a list with one for each group, >= 0; default 1e-2
    total_steps       N, an integer >= 1; default None: epochs·steps_per_epoch
    epochs            an integer >= 1, used with steps_per_epoch where total_steps is None; default None
    steps_per_epoch   likewise
    pct_start         p, in (0, 1); w is not rounded; default 0.3
    anneal_strategy   'cos' or 'linear', for the fall; default 'cos'
    div_factor        d, > 0; default 25
    final_div_factor  f, > 0; default 1e4

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain and for no length.

    Source: Smith and Topin, Super-Convergence (2018), section 3, in upstream's shape.
    """

    absolute = True
    per_group = ("max_lr",)

    @staticmethod
    def rate(
        t: Any,
        b: Any,
        max_lr: Any,
        total_steps: int,
        pct_start: Any,
        anneal_strategy: str,
        div_factor: Any,
        final_div_factor: Any,
        xp: Any = jnp,
    ) -> Any:
        warm = pct_start * total_steps
        risen = t / warm
        fallen = xp.clip((t - warm) / (total_steps - warm), 0.0, 1.0)
        left = half_cosine(fallen, 1.0, xp) if anneal_strategy == "cos" else 1 - fallen
        rising = (1 - risen) * (max_lr / div_factor) + risen * max_lr
        return xp.where(t <= warm, rising, left * max_lr + (1 - left) * (max_lr / final_div_factor))

    def __init__(
        self,
        max_lr: Any = 1e-2,
        total_steps: Any = None,
        epochs: Any = None,
        steps_per_epoch: Any = None,
        pct_start: Any = 0.3,
        anneal_strategy: Any = "cos",
        div_factor: Any = 25.0,
        final_div_factor: Any = 1e4,
        last_epoch: Any = 0,
    ) -> None:
        maxima = rates(self, "max_lr", max_lr, "ONE-13")
        divisor = real(self, "div_factor", div_factor, POSITIVE, "ONE-12")
        lengths = {"total_steps": total_steps, "epochs": epochs, "steps_per_epoch": steps_per_epoch}
        total, *both = [optional(integer, self, name, length, 1, "ONE-9") for name, length in lengths.items()]
        if total is None and None in both:
            raise ValueError("OneCycleLR: total_steps must be given, or both epochs and steps_per_epoch [ONE-5]")
        super().__init__(
            [m / divisor for m in maxima],
            last_epoch,
            max_lr=maxima,
            total_steps=both[0] * both[1] if total is None else total,
            pct_start=real(self, "pct_start", pct_start, "(0, 1)", "ONE-10"),
            anneal_strategy=choice(self, "anneal_strategy", anneal_strategy, ("cos", "linear"), "ONE-11"),
            div_factor=divisor,
            final_div_factor=real(self, "final_div_factor", final_div_factor, POSITIVE, "ONE-12"),
        )
        self._stated = False
