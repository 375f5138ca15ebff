"""PiecewiseConstantSchedule: a list of rates, each used up to its boundary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, increasing, items, real


class PiecewiseConstantSchedule(Formula):
    """η(t) = values[n], n the number of boundaries <= t

    base_lr     its value is ignored, its length sets the number of groups; default 1e-3
    boundaries  in steps, strictly increasing integers >= 0, any iterable, may be empty; default (1000, 2000)
    values      rates >= 0, one more than boundaries, any iterable; default (1.0, 0.1, 0.01)

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: optax's ``piecewise_constant_schedule``, with values instead of factors.
    """

    ignores_base_lr = True

    @staticmethod
    def rate(t: Real, b: Real, boundaries: tuple[int, ...], values: tuple[float, ...], xp: Namespace = jnp) -> Real:
        return xp.asarray(values)[sum(xp.asarray(boundary <= t, int) for boundary in boundaries)]

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        boundaries: Iterable[int] = (1000, 2000),
        values: Iterable[float] = (1.0, 0.1, 0.01),
        last_epoch: int = 0,
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
