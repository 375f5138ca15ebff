"""Formulas that are wrong, of the schedules with cycles: CyclicLR, OneCycleLR, CosineAnnealingWarmRestarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from optimspec import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR, Schedule

from .fault import formula, ignoring, one_step_late, shell
from .schedules import cosine

# ------------------------------------------------------------------------------------------------------- CyclicLR


def cyclic(
    *, falls_like_it_rose: bool = False, counts_off_by_one: bool = False, gamma_of_the_cycle: bool = False
) -> Callable[..., float]:
    """The right formula but for one thing."""

    def rate(
        t: int,
        b: float,
        max_lr: float,
        step_size_up: int,
        step_size_down: int,
        mode: str,
        gamma: float,
        scale_fn: Any,
        scale_mode: str,
        **_: Any,
    ) -> float:
        cycle, r = divmod(t, step_size_up + step_size_down)
        fall = step_size_up if falls_like_it_rose else step_size_down
        height = r / step_size_up if r <= step_size_up else max((step_size_up + fall - r) / fall, 0)
        if scale_fn is not None:
            count = cycle if counts_off_by_one else cycle + 1
            scale = scale_fn(count if scale_mode == "cycle" else t)
        elif mode == "triangular2":
            scale = 0.5 ** (cycle + 1 if counts_off_by_one else cycle)
        elif mode == "exp_range":
            scale = gamma ** (cycle if gamma_of_the_cycle else t)
        else:
            scale = 1.0
        return float(b + (max_lr - b) * height * scale)

    return rate


def max_lr_of_the_first_group(t: int, b: float, max_lr: list[float], **hyper: Any) -> Any:
    return CyclicLR.rate(t, b, max_lr[0], **hyper)


def base_rate_where_scale_fn_raises(self: Any, t: Any, group: int = 0) -> float:
    try:
        return float(Schedule.lr_at(self, t, group))
    except Exception:
        return float(self._base_lrs[group])


def base_rate_where_scale_fn_is_to_blame(self: Any, t: Any, group: int = 0) -> float:
    """Takes some errors of a ``scale_fn`` for its own."""
    try:
        return float(Schedule.lr_at(self, t, group))
    except (TypeError, LookupError):
        return float(self._base_lrs[group])


FAULTS = [
    formula(CyclicLR, "symmetric", "CYC-2", cyclic(falls_like_it_rose=True)),
    formula(CyclicLR, "cycles counted from 1", "CYC-5", cyclic(counts_off_by_one=True)),
    formula(CyclicLR, "gamma of the cycle", "CYC-6", cyclic(gamma_of_the_cycle=True)),
    shell(CyclicLR, "exceptions swallowed", "CYC-9", lr_at=base_rate_where_scale_fn_raises),
    shell(CyclicLR, "some exceptions swallowed", "CYC-9", lr_at=base_rate_where_scale_fn_is_to_blame),
    shell(CyclicLR, "max_lr of the first group", "CYC-10", per_group=(), rate=staticmethod(max_lr_of_the_first_group)),
]


# ----------------------------------------------------------------------------------------------------- OneCycleLR


def rounded_warm_up(t: int, b: float, total_steps: int, pct_start: float, **hyper: Any) -> Any:
    warm = max(int(pct_start * total_steps), 1)
    return OneCycleLR.rate(t, b, total_steps=total_steps, pct_start=warm / total_steps, **hyper)


def warm_up_along_a_cosine(
    t: int, b: float, max_lr: float, total_steps: int, pct_start: float, div_factor: float, **hyper: Any
) -> Any:
    warm = pct_start * total_steps
    if t <= warm:
        return cosine(t / warm, max_lr / div_factor, max_lr)
    return OneCycleLR.rate(t, b, max_lr, total_steps, pct_start, div_factor=div_factor, **hyper)


def initial_rate_divided(t: int, b: float, div_factor: float, final_div_factor: float, **hyper: Any) -> Any:
    """As PyTorch does it: the last rate is that part of the first one."""
    return OneCycleLR.rate(t, b, div_factor=div_factor, final_div_factor=div_factor * final_div_factor, **hyper)


def rising_after_its_end(
    t: int, b: float, max_lr: float, total_steps: int, pct_start: float, final_div_factor: float, **hyper: Any
) -> Any:
    if t > total_steps and hyper["anneal_strategy"] == "cos":
        warm = pct_start * total_steps
        return cosine((t - warm) / (total_steps - warm), max_lr, max_lr / final_div_factor)
    return OneCycleLR.rate(t, b, max_lr, total_steps, pct_start, final_div_factor=final_div_factor, **hyper)


FAULTS += [
    formula(OneCycleLR, "rounded warm-up", "ONE-1", rounded_warm_up),
    formula(OneCycleLR, "warm-up along a cosine", "ONE-1", warm_up_along_a_cosine),
    formula(OneCycleLR, "initial rate divided", "ONE-3", initial_rate_divided),
    formula(OneCycleLR, "rises after its end", "ONE-3", rising_after_its_end),
    ignoring(OneCycleLR, "line instead of cosine", "ONE-2", anneal_strategy="linear"),
]


# ------------------------------------------------------------------------------------ CosineAnnealingWarmRestarts


def cycle_by_logarithm(t: int, b: float, T_0: int, T_mult: int, eta_min: float, **_: Any) -> float:
    """As PyTorch does it: now and then the logarithm is rounded to the cycle before."""
    if T_mult == 1:
        return cosine(t % T_0 / T_0, b, eta_min)
    cycle = int(np.log(t / T_0 * (T_mult - 1) + 1) / np.log(T_mult))
    start = T_0 * (T_mult**cycle - 1) // (T_mult - 1)
    return cosine((t - start) / (T_0 * T_mult**cycle), b, eta_min)


def one_cycle_after_another(t: int, b: float, T_0: int, T_mult: int, eta_min: float, **_: Any) -> float:
    """Subtracts them in a loop, and so takes longer the later it is."""
    since, length = t, T_0
    for _cycle in range(3 * 10**7):  # some seconds
        if since < length:
            break
        since, length = since - length, length * T_mult
    return cosine(since % length / length, b, eta_min)


def floor_and_difference(t: int, b: float, T_0: int, T_mult: int, eta_min: float, **_: Any) -> Any:
    """A base rate far below the floor is lost in the difference."""
    rate = CosineAnnealingWarmRestarts.rate(t, 1.0, T_0, T_mult, 0.0)
    return eta_min + (b - eta_min) * rate


FAULTS += [
    formula(CosineAnnealingWarmRestarts, "floor and difference", "RESTART-2", floor_and_difference),
    formula(CosineAnnealingWarmRestarts, "cycle by logarithm", "RESTART-3", cycle_by_logarithm),
    one_step_late(CosineAnnealingWarmRestarts, "RESTART-2"),
    ignoring(CosineAnnealingWarmRestarts, "T_mult ignored", "RESTART-1", T_mult=1),
    formula(CosineAnnealingWarmRestarts, "one cycle after another", "RESTART-4", one_cycle_after_another),
]
