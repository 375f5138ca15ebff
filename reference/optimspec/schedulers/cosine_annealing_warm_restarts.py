"""CosineAnnealingWarmRestarts: half a cosine, again and again."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp

from ..base.math_functions import NUMPY, Namespace, Real, half_cosine
from ..base.schedule import Formula
from ..base.scheduler import UNSET
from ..base.validation import NON_NEGATIVE, integer, real


class CosineAnnealingWarmRestarts(Formula):
    """η(t) = e + (b − e)·(1 + cos(π·T_cur/T_i))/2, T_i = T_0·T_mult^i, T_cur the time since cycle i began

    base_lr  b, a rate or a list with one for each group, >= 0; default 1e-3
    T_0      the length of the first cycle, in steps, an integer >= 1; default 10
    T_mult   the factor from the length of one cycle to the next, an integer >= 1; default 1
    eta_min  e, the floor, a rate >= 0; default 0

    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Loshchilov and Hutter, SGDR (2017), equation 5.
    """

    @staticmethod
    def rate(t: Real, b: Real, T_0: int, T_mult: int, eta_min: Real, xp: Namespace = jnp) -> Real:
        length: Real
        if T_mult == 1:
            current, length = t % T_0, T_0
        elif xp is NUMPY:
            start, length = cycles(T_0, T_mult, t)[-1]
            current = t - start
        else:
            starts, lengths = zip(*cycles(T_0, T_mult, 2**31 - 1), strict=True)
            cycle = sum(xp.asarray(start <= t, int) for start in starts[1:])
            current, length = t - xp.asarray(starts)[cycle], xp.asarray(lengths, float)[cycle]
        w = half_cosine(current, length, xp)
        return w * b + (1 - w) * eta_min

    def __init__(
        self,
        base_lr: float | Sequence[float] = UNSET,
        T_0: int = 10,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = 0,
    ) -> None:
        super().__init__(
            base_lr,
            last_epoch,
            T_0=integer(self, "T_0", T_0, 1, "RESTART-6"),
            T_mult=integer(self, "T_mult", T_mult, 1, "RESTART-7"),
            eta_min=real(self, "eta_min", eta_min, NON_NEGATIVE, "RESTART-8"),
        )


def cycles(T_0: int, T_mult: int, last: Real) -> list[tuple[int, int]]:
    """The start and the length of every cycle that starts by the time ``last``; rounded logarithms would miss some."""
    start, length = 0, T_0
    found = [(start, length)]
    while start + length <= last:
        start, length = start + length, length * T_mult
        found.append((start, length))
    return found
