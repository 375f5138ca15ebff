"""PiecewiseLinearSchedule: straight lines from one milestone to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import jax.numpy as jnp

from ..base.math_functions import Namespace, Real
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, increasing, items, real


class PiecewiseLinearSchedule(Formula):
    """η(t) = v_i + (v_{i+1} − v_i)·(t − m_i)/(m_{i+1} − m_i) between two milestones; v_1 before, v_n after all

    base_lr     its value is ignored, its length sets the number of groups; default 1e-3
    milestones  m_i, in steps, strictly increasing integers >= 0, any iterable, at least one
    values      v_i, rates >= 0, as many as milestones, any iterable

    Raises TypeError for an argument that is missing or of the wrong type, ValueError for one outside its domain.

    Source: PyTorch-Ignite's ``PiecewiseLinear``.
    """

    ignores_base_lr = True

    @staticmethod
    def rate(t: Real, b: Real, milestones: tuple[int, ...], values: tuple[float, ...], xp: Namespace = jnp) -> Real:
        if len(milestones) == 1:
            return values[0]
        line = sum(xp.asarray(milestone <= t, int) for milestone in milestones[1:-1])
        times, rates = xp.asarray(milestones), xp.asarray(values, float)
        x = xp.clip((t - times[line]) / (times[line + 1] - times[line]), 0, 1)
        return (1 - x) * rates[line] + x * rates[line + 1]

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        *,
        milestones: Iterable[int],
        values: Iterable[float],
        last_epoch: int = 0,
    ) -> None:
        times = increasing(self, "milestones", milestones, "PLINE-8")
        rates = items(self, "values", values, "rates", "SCH-26")
        super().__init__(
            base_lr,
            last_epoch,
            milestones=times,
            values=tuple(real(self, "values", rate, NON_NEGATIVE, "PLINE-9") for rate in rates),
        )
        if not times or len(rates) != len(times):
            raise ValueError(
                f"PiecewiseLinearSchedule: values must be as many as milestones, at least one, got {rates} [PLINE-7]"
            )
