"""Schedules with a wrong formula, a wrong comparison, or a state of the wrong form."""

from __future__ import annotations

from typing import Any

import numpy as np
from optimspec import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialDecayLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    Schedule,
    Scheduler,
)

from .broken_class import with_members, with_rate

# ----------------------------------------------------------------------------------------------- at the end of a range


def start_without_a_length(t: int, b: float, start_factor: float, total_iters: int, **hyper: Any) -> Any:
    if total_iters == 0:
        return b * start_factor
    return LinearLR.rate(t, b, start_factor, total_iters=total_iters, **hyper)


def factor_without_a_length(t: int, b: float, factor: float, total_iters: int, **_: Any) -> float:
    return b * factor if t < total_iters or total_iters == 0 else b


def bounded_without_decay(t: int, b: float, decay_rate: float, end_value: float | None, **hyper: Any) -> Any:
    """As optax does it: a rate of 1 is not below 1, and so ``end_value`` is an upper bound."""
    lr = ExponentialDecayLR.rate(t, b, decay_rate=decay_rate, end_value=end_value, **hyper)
    return min(lr, end_value) if decay_rate == 1 and end_value is not None else lr


def infinite_before_the_product(t: int, b: float, end_value: float | None, **hyper: Any) -> Any:
    """In float32, where r^x is infinite before b·r^x is."""
    factor = ExponentialDecayLR.rate(t, 1.0, end_value=None, **hyper)
    return np.inf if b and factor > 3.4e38 else ExponentialDecayLR.rate(t, b, end_value=end_value, **hyper)


def nan_beyond_the_floats(t: int, b: float, end_value: float | None, **hyper: Any) -> Any:
    unbounded = ExponentialDecayLR.rate(t, b, end_value=None, **hyper)
    return np.nan if np.isinf(unbounded) else ExponentialDecayLR.rate(t, b, end_value=end_value, **hyper)


def cancelling(t: int, b: float, T_max: int, eta_min: float, **_: Any) -> float:
    """All in float32, where 1 + cos keeps no digits near the end."""
    angle = np.float32(np.pi) * np.float32(min(t, T_max)) / np.float32(T_max)
    return float(np.float32(eta_min) + np.float32(b - eta_min) * ((1 + np.cos(angle)) / np.float32(2)))


def one_cycle_after_another(t: int, b: float, T_0: int, T_mult: int, eta_min: float, **_: Any) -> float:
    """Subtracts them in a loop, and so takes longer the later it is."""
    since, length = t, T_0
    for _cycle in range(3 * 10**7):  # some seconds
        if since < length:
            break
        since, length = since - length, length * T_mult
    return float(eta_min + (b - eta_min) * (1 + np.cos(np.pi * (since % length) / length)) / 2)


BROKEN = [
    with_rate(LinearLR, "stuck at the start", "LIN-4", start_without_a_length),
    with_rate(ConstantLR, "stuck without a length", "CONST-4", factor_without_a_length),
    with_rate(ExponentialDecayLR, "bounded where it does not decay", "DECAY-7", bounded_without_decay),
    with_rate(ExponentialDecayLR, "early infinity", "DECAY-8", infinite_before_the_product, precision="float32"),
    with_rate(ExponentialDecayLR, "nan beyond the floats", "DECAY-8", nan_beyond_the_floats),
    with_rate(CosineAnnealingLR, "cancellation", "NUM-2", cancelling, precision="float32"),
    with_rate(CosineAnnealingWarmRestarts, "one cycle after another", "RESTART-4", one_cycle_after_another),
]


# ------------------------------------------------------------------------------------------------------------ CyclicLR


def max_lr_of_the_first_group(t: int, b: float, max_lr: list[float], **hyper: Any) -> Any:
    return CyclicLR.rate(t, b, max_lr[0], **hyper)


def base_rate_where_scale_fn_raises(self: Any, t: Any, group: int = 0) -> float:
    try:
        return float(Schedule.lr_at(self, t, group))
    except Exception:
        return float(self.base_lrs[group])


def base_rate_where_scale_fn_is_to_blame(self: Any, t: Any, group: int = 0) -> float:
    """Takes some errors of a ``scale_fn`` for those of the schedule."""
    try:
        return float(Schedule.lr_at(self, t, group))
    except (TypeError, LookupError):
        return float(self.base_lrs[group])


BROKEN += [
    with_members(CyclicLR, "exceptions swallowed", "CYC-9", lr_at=base_rate_where_scale_fn_raises),
    with_members(CyclicLR, "some exceptions swallowed", "CYC-9", lr_at=base_rate_where_scale_fn_is_to_blame),
    with_members(
        CyclicLR, "max_lr of the first group", "CYC-10", per_group=(), rate=staticmethod(max_lr_of_the_first_group)
    ),
]


# --------------------------------------------------------------------------------------------------- ReduceLROnPlateau


def pytorchs_relative_threshold(self: Any, value: float) -> bool:
    """best·(1 − threshold), which a negative best turns around."""
    if self._best is None or not self.hyper["relative"]:
        return ReduceLROnPlateau._improves(self, value)
    sign = self.hyper["sign"]
    return bool(sign * value < sign * self._best * (1 - sign * self.hyper["threshold"]))


def nan_improves(self: Any, value: float) -> bool:
    return value != value or ReduceLROnPlateau._improves(self, value)


BROKEN += [
    with_members(ReduceLROnPlateau, "relative threshold of PyTorch", "PLAT-4", _improves=pytorchs_relative_threshold),
    with_members(ReduceLROnPlateau, "nan improves", "PLAT-9", _improves=nan_improves),
]


# ------------------------------------------------------------------------------------------------------ time and state


def minus_one_taken_literally(self: Any, **named: Any) -> None:
    ExponentialLR.__init__(self, **named)
    self._t = named.get("last_epoch", 0)


def empty_state_accepted(self: Any, state: Any) -> None:
    if isinstance(state, dict) and "last_epoch" in state:
        Scheduler.load_state_dict(self, state)


def base_rates_optional(self: Any, state: Any) -> None:
    """Keeps its own where the state has none."""
    if isinstance(state, dict):
        state = {"base_lrs": self.base_lrs} | state
    Scheduler.load_state_dict(self, state)


BROKEN += [
    with_members(ExponentialLR, "last_epoch=-1 taken literally", "SCH-6", __init__=minus_one_taken_literally),
    with_members(ExponentialLR, "empty state accepted", "STA-15", load_state_dict=empty_state_accepted),
    with_members(ExponentialLR, "base rates optional in a state", "STA-15", load_state_dict=base_rates_optional),
]
