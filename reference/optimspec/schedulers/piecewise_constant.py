"""PiecewiseConstantSchedule: a list of rates, each in force up to a boundary."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..base.scheduler import UNSET, Scheduler
from ..base.validation import NON_NEGATIVE, increasing, items, real


class PiecewiseConstantSchedule(Scheduler):
    """η(t) = values[n], n the number of boundaries <= t

    base_lr     its size is ignored, its length sets the groups; default 1e-3
    boundaries  in steps, strictly increasing integers >= 0, any iterable, may be empty; default (1000, 2000)
    values      rates >= 0, one more than boundaries, any iterable; default (1.0, 0.1, 0.01)

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: optax's ``piecewise_constant_schedule``, with values instead of factors.
    """

    absolute = True

    @staticmethod
    def rate(t: Any, b: Any, boundaries: tuple[int, ...], values: tuple[float, ...], xp: Any = jnp) -> Any:
        return xp.asarray(values)[sum(xp.asarray(boundary <= t, int) for boundary in boundaries)]

    def __init__(
        self,
        base_lr: Any = UNSET,
        boundaries: Any = (1000, 2000),
        values: Any = (1.0, 0.1, 0.01),
        last_epoch: Any = 0,
    ) -> None:
        rates = items(self, "values", values, "rates", "SCH-26")
        super().__init__(
            base_lr,
            last_epoch,
            boundaries=increasing(self, "boundaries", boundaries, "PIECE-6"),
            values=tuple(real(self, "values", rate, NON_NEGATIVE, "PIECE-7") for rate in rates),
        )
        if len(rates) != len(self.hyper["boundaries"]) + 1:
            raise ValueError(
                f"PiecewiseConstantSchedule: values must be one more than boundaries, got {rates} [PIECE-5]"
            )
