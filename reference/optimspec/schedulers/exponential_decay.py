"""ExponentialDecayLR: a factor every so many steps, smoothly or as a staircase, up to a bound."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real, power
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, POSITIVE, boolean, integer, optional, real


class ExponentialDecayLR(Formula):
    """η(t) = b·r^x, x = max(t − t₀, 0)/s; at least e where r < 1, at most e where r > 1

    base_lr           b, a rate or a list with one for each group, >= 0; default 1e-3
    decay_steps       s, the number of steps for one factor r, an integer >= 1; default 1000
    decay_rate        r, > 0; default 0.96
    transition_begin  t₀, in steps, an integer >= 0; default 0
    staircase         whether x is rounded down; default False
    end_value         e, a rate >= 0, or None for no bound; default None

    A rate beyond the range of floats is replaced by e, or infinite without a bound. Raises TypeError for an argument of
    the wrong type, ValueError for one outside its domain.

    Source: optax's ``exponential_decay``.
    """

    @staticmethod
    def rate(
        t: Real,
        b: Real,
        decay_steps: int,
        decay_rate: Real,
        transition_begin: int,
        staircase: bool,
        end_value: Real | None,
        xp: Namespace = jnp,
    ) -> Real:
        since = xp.maximum(t - transition_begin, 0)
        root = power(decay_rate, (since // decay_steps if staircase else since / decay_steps) / 2, xp)
        lr = xp.where(b == 0, 0.0, b * root * root)  # b·r^x may be in the range of floats even if r^x is not
        if end_value is None or decay_rate == 1:
            return lr
        return xp.maximum(lr, end_value) if decay_rate < 1 else xp.minimum(lr, end_value)

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        decay_steps: int = 1000,
        decay_rate: float = 0.96,
        transition_begin: int = 0,
        staircase: bool = False,
        end_value: float | None = None,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            decay_steps=integer(self, "decay_steps", decay_steps, 1, "DECAY-9"),
            decay_rate=real(self, "decay_rate", decay_rate, POSITIVE, "DECAY-10"),
            transition_begin=integer(self, "transition_begin", transition_begin, 0, "DECAY-11"),
            staircase=boolean(self, "staircase", staircase, "SCH-26"),
            end_value=optional(real, self, "end_value", end_value, NON_NEGATIVE, "DECAY-12"),
        )
