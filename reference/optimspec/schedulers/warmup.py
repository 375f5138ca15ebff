"""WarmupScheduler: a linear rise to the base rate."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, at_most
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, integer, real


class WarmupScheduler(Formula):
    """η(t) = w + (b − w)·min(t/T, 1); with T = 0, b

    base_lr          b, a rate or a list with one for each group, >= 0; default 1e-3
    warmup_epochs    T, in steps, an integer >= 0; default 5
    warmup_start_lr  w, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Goyal et al., Accurate, Large Minibatch SGD (2017), section 2.2.
    """

    @staticmethod
    def rate(t: Real, b: Real, warmup_epochs: int, warmup_start_lr: Real, xp: Namespace = jnp) -> Real:
        if warmup_epochs == 0:
            return b
        done = at_most(t, warmup_epochs, xp)
        return (warmup_epochs - done) / warmup_epochs * warmup_start_lr + done / warmup_epochs * b

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        warmup_epochs: int = 5,
        warmup_start_lr: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            warmup_epochs=integer(self, "warmup_epochs", warmup_epochs, 0, "WARM-6"),
            warmup_start_lr=real(self, "warmup_start_lr", warmup_start_lr, NON_NEGATIVE, "WARM-7"),
        )
