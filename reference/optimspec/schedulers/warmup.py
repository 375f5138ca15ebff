"""WarmupScheduler: a line up to the base rate."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler, at_most
from ..base.validation import NON_NEGATIVE, integer, real


class WarmupScheduler(Scheduler):
    """η(t) = w + (b − w)·min(t/T, 1); with T = 0, b

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_epochs    T, in steps, an integer >= 0; default 5
    warmup_start_lr  w, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Goyal et al., Accurate, Large Minibatch SGD (2017), section 2.2.
    """

    @staticmethod
    def rate(t: Any, b: Any, warmup_epochs: int, warmup_start_lr: Any, xp: Any = jnp) -> Any:
        if warmup_epochs == 0:
            return b
        done = at_most(t, warmup_epochs, xp)
        return (warmup_epochs - done) / warmup_epochs * warmup_start_lr + done / warmup_epochs * b

    def __init__(
        self, base_lr: Any = UNSET, warmup_epochs: Any = 5, warmup_start_lr: Any = 0.0, last_epoch: Any = 0
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            warmup_epochs=integer(self, "warmup_epochs", warmup_epochs, 0, "WARM-6"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WARM-7"),
        )
