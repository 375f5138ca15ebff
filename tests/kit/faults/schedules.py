"""Formulas that are wrong, of the schedules without cycles. Most are the right formula, asked for something else."""

from __future__ import annotations

from typing import Any

import numpy as np
from optimspec import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialDecayLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PiecewiseConstantSchedule,
    PolynomialLR,
    StepLR,
    WarmupCosineSchedule,
    WarmupScheduler,
)

from .fault import formula, ignoring, one_step_early, one_step_late, shell

# ----------------------------------------------------------------------------- ExponentialLR, StepLR, MultiStepLR


def milestone_not_included(t: int, b: float, milestones: tuple[int, ...], gamma: float, **_: Any) -> float:
    return b * gamma ** sum(m < t for m in milestones)


def one_fall_at_most(t: int, b: float, milestones: tuple[int, ...], gamma: float, **_: Any) -> float:
    return b * gamma ** any(m <= t for m in milestones)


def zero_is_no_milestone(t: int, b: float, milestones: tuple[int, ...], gamma: float, **_: Any) -> float:
    return b * gamma ** sum(0 < m <= t for m in milestones)


FAULTS = [
    one_step_late(ExponentialLR, "SCH-3"),
    one_step_early(ExponentialLR, "SCH-2"),
    formula(ExponentialLR, "linear instead", "EXP-1", lambda t, b, gamma, **_: b * max(1 - t * (1 - gamma), 0)),
    formula(ExponentialLR, "in float16", "NUM-1", lambda t, b, gamma, **_: float(np.float16(b * gamma**t))),
    formula(ExponentialLR, "gamma of the paper's other name", "EXP-1", lambda t, b, gamma, **_: b / gamma**t),
    one_step_late(StepLR, "STEP-3"),
    one_step_early(StepLR, "STEP-3"),
    formula(StepLR, "smooth", "STEP-1", lambda t, b, step_size, gamma, **_: b * gamma ** (t / step_size)),
    formula(MultiStepLR, "milestone not included", "MULTI-3", milestone_not_included),
    formula(MultiStepLR, "one fall at most", "MULTI-1", one_fall_at_most),
    formula(MultiStepLR, "zero does not count", "MULTI-4", zero_is_no_milestone),
]


# ------------------------------------------------------------------------------ LinearLR, ConstantLR, PolynomialLR


def line_without_end(t: int, b: float, start_factor: float, end_factor: float, total_iters: int, **_: Any) -> float:
    return b * max(start_factor + (end_factor - start_factor) * t / max(total_iters, 1), 0.0)


def start_without_a_length(t: int, b: float, start_factor: float, total_iters: int, **hyper: Any) -> Any:
    if total_iters == 0:
        return b * start_factor
    return LinearLR.rate(t, b, start_factor, total_iters=total_iters, **hyper)


def start_plus_a_rounded_difference(
    t: int, b: float, start_factor: float, end_factor: float, total_iters: int, **_: Any
) -> float:
    done = min(t, total_iters) / total_iters if total_iters else 1.0
    return b * (start_factor + (end_factor - start_factor) * done)


def line_one_step_too_long(t: int, b: float, total_iters: int, **hyper: Any) -> Any:
    return LinearLR.rate(t, b, total_iters=total_iters + 1, **hyper)


def constant_one_step_too_long(t: int, b: float, total_iters: int, **hyper: Any) -> Any:
    return ConstantLR.rate(t, b, total_iters=total_iters + 1, **hyper)


def factor_without_a_length(t: int, b: float, factor: float, total_iters: int, **_: Any) -> float:
    return b * factor if t < total_iters or total_iters == 0 else b


def mirrored_power(t: int, b: float, total_iters: int, power: float, **_: Any) -> Any:
    return b * abs(1 - t / total_iters) ** power


FAULTS += [
    formula(LinearLR, "no clamp", "LIN-3", line_without_end),
    formula(LinearLR, "stuck at the start", "LIN-4", start_without_a_length),
    formula(LinearLR, "not exact at the end", "LIN-3", start_plus_a_rounded_difference),
    formula(LinearLR, "warm-up one step too long", "LIN-1", line_one_step_too_long),
    formula(ConstantLR, "ends one step late", "CONST-1", constant_one_step_too_long),
    formula(ConstantLR, "never ends", "CONST-3", lambda t, b, factor, **_: b * factor),
    formula(ConstantLR, "stuck without a length", "CONST-4", factor_without_a_length),
    formula(PolynomialLR, "no clamp", "POLY-3", mirrored_power),
    ignoring(PolynomialLR, "power ignored", "POLY-1", power=1.0),
    one_step_late(PolynomialLR, "POLY-1"),
]


# ------------------------------------------------------------------- ExponentialDecayLR, PiecewiseConstantSchedule


def bounded_without_decay(t: int, b: float, decay_rate: float, end_value: float | None, **hyper: Any) -> Any:
    """As optax does it: a rate of 1 is not below 1, and so ``end_value`` is an upper bound."""
    lr = ExponentialDecayLR.rate(t, b, decay_rate=decay_rate, end_value=end_value, **hyper)
    return min(lr, end_value) if decay_rate == 1 and end_value is not None else lr


def stairs_in_float32(t: int, b: float, decay_steps: int, transition_begin: int, **hyper: Any) -> Any:
    exponent = np.float32(max(t - transition_begin, 0)) / np.float32(decay_steps)
    return ExponentialDecayLR.rate(float(exponent), b, decay_steps=1, transition_begin=0, **hyper)


def time_in_float32(t: int, b: float, **hyper: Any) -> Any:
    return ExponentialDecayLR.rate(int(np.float32(t)), b, **hyper)


def infinite_before_the_product(t: int, b: float, end_value: float | None, **hyper: Any) -> Any:
    """In float32, where r^x is infinite before b·r^x is."""
    factor = ExponentialDecayLR.rate(t, 1.0, end_value=None, **hyper)
    return np.inf if b and factor > 3.4e38 else ExponentialDecayLR.rate(t, b, end_value=end_value, **hyper)


def nan_beyond_the_floats(t: int, b: float, end_value: float | None, **hyper: Any) -> Any:
    unbounded = ExponentialDecayLR.rate(t, b, end_value=None, **hyper)
    return np.nan if np.isinf(unbounded) else ExponentialDecayLR.rate(t, b, end_value=end_value, **hyper)


def old_value_at_the_boundary(
    t: int, b: float, boundaries: tuple[int, ...], values: tuple[float, ...], **_: Any
) -> Any:
    return values[sum(boundary < t for boundary in boundaries)]


def values_times_the_base_rate(t: int, b: float, **hyper: Any) -> Any:
    return b * PiecewiseConstantSchedule.rate(t, b, **hyper)


def last_value_never_reached(t: int, b: float, boundaries: tuple[int, ...], values: tuple[float, ...], **_: Any) -> Any:
    return values[min(sum(boundary <= t for boundary in boundaries), max(len(values) - 2, 0))]


def boundaries_in_order(
    self: Any, boundaries: Any = (1000, 2000), values: Any = (1.0, 0.1, 0.01), **others: Any
) -> None:
    """Repeated and negative ones are not looked for."""
    given = list(boundaries)
    if all(isinstance(boundary, int) for boundary in given) and given == sorted(given):
        boundaries = range(len(given))
    PiecewiseConstantSchedule.__init__(self, boundaries=boundaries, values=values, **others)
    self.hyper["boundaries"] = tuple(given)


def boundaries_cut_to_integers(self: Any, boundaries: Any = (1000, 2000), **others: Any) -> None:
    boundaries = [int(entry) if isinstance(entry, float) else entry for entry in boundaries]
    PiecewiseConstantSchedule.__init__(self, boundaries=boundaries, **others)


def lists_alone(self: Any, boundaries: Any = (1000, 2000), values: Any = (1.0, 0.1, 0.01), **others: Any) -> None:
    if not isinstance(boundaries, (list, tuple)) or not isinstance(values, (list, tuple)):
        raise TypeError(f"boundaries and values must be lists, got {boundaries!r} and {values!r}")
    PiecewiseConstantSchedule.__init__(self, boundaries=boundaries, values=values, **others)


FAULTS += [
    ignoring(ExponentialDecayLR, "no bound", "DECAY-5", end_value=None),
    formula(ExponentialDecayLR, "bounded where it does not decay", "DECAY-7", bounded_without_decay),
    formula(ExponentialDecayLR, "stairs in float32", "DECAY-4", stairs_in_float32),
    formula(ExponentialDecayLR, "time in float32", "DECAY-4", time_in_float32, precision="float32"),
    formula(ExponentialDecayLR, "early infinity", "DECAY-8", infinite_before_the_product, precision="float32"),
    ignoring(ExponentialDecayLR, "no delay", "DECAY-3", transition_begin=0),
    formula(ExponentialDecayLR, "nan beyond the floats", "DECAY-8", nan_beyond_the_floats),
    formula(PiecewiseConstantSchedule, "old value at the boundary", "PIECE-2", old_value_at_the_boundary),
    formula(PiecewiseConstantSchedule, "values times the base rate", "PIECE-4", values_times_the_base_rate),
    formula(PiecewiseConstantSchedule, "the last value is never reached", "PIECE-1", last_value_never_reached),
    shell(PiecewiseConstantSchedule, "boundaries in order and counted", "PIECE-6", __init__=boundaries_in_order),
    shell(PiecewiseConstantSchedule, "boundaries cut to integers", "SCH-26", __init__=boundaries_cut_to_integers),
    shell(PiecewiseConstantSchedule, "lists alone", "PIECE-10", __init__=lists_alone),
]


# ------------------------------------------------------- CosineAnnealingLR, WarmupScheduler, WarmupCosineSchedule


def cosine(x: float, b: float, e: float) -> float:
    """From b at x = 0 to e at x = 1, and back up where nobody stops it."""
    return float(e + (b - e) * (1 + np.cos(np.pi * x)) / 2)


def cosine_one_step_too_short(t: int, b: float, T_max: int, **hyper: Any) -> Any:
    return CosineAnnealingLR.rate(t, b, max(T_max - 1, 1), **hyper)


def cosine_one_step_too_long(t: int, b: float, T_max: int, **hyper: Any) -> Any:
    return CosineAnnealingLR.rate(t, b, T_max + 1, **hyper)


def cancelling(t: int, b: float, T_max: int, eta_min: float, **_: Any) -> float:
    """All in float32, where 1 + cos keeps no digits near the end."""
    angle = np.float32(np.pi) * np.float32(min(t, T_max)) / np.float32(T_max)
    return float(np.float32(eta_min) + np.float32(b - eta_min) * ((1 + np.cos(angle)) / np.float32(2)))


def floor_and_difference(t: int, b: float, T_max: int, eta_min: float, **_: Any) -> float:
    """A base rate far below the floor is lost in the difference."""
    return cosine(t / T_max, b, eta_min) if t < T_max else eta_min


def floor_and_difference_after_a_rise(
    t: int, b: float, warmup_steps: int, total_steps: int, eta_min: float, **hyper: Any
) -> Any:
    if t < warmup_steps:
        return WarmupCosineSchedule.rate(t, b, warmup_steps, total_steps, eta_min=eta_min, **hyper)
    return floor_and_difference(t - warmup_steps, b, total_steps - warmup_steps, eta_min)


def one_increment_behind(t: int, b: float, warmup_epochs: int, **hyper: Any) -> Any:
    return WarmupScheduler.rate(t, b, warmup_epochs + 1 if warmup_epochs else 0, **hyper)


def overshooting(t: int, b: float, warmup_epochs: int, warmup_start_lr: float, **_: Any) -> float:
    return warmup_start_lr + (b - warmup_start_lr) * t / warmup_epochs if warmup_epochs else b


def cosine_over_the_whole_length(t: int, b: float, warmup_steps: int, total_steps: int, **hyper: Any) -> Any:
    return WarmupCosineSchedule.rate(t, b, warmup_steps, warmup_steps + total_steps, **hyper)


def cosine_in_global_time(t: int, b: float, warmup_steps: int, **hyper: Any) -> Any:
    return WarmupCosineSchedule.rate(t, b, warmup_steps if t < warmup_steps else 0, **hyper)


def rising_again(t: int, b: float, warmup_steps: int, total_steps: int, eta_min: float, **hyper: Any) -> Any:
    if t > total_steps:
        return cosine((t - warmup_steps) / (total_steps - warmup_steps), b, eta_min)
    return WarmupCosineSchedule.rate(t, b, warmup_steps, total_steps, eta_min=eta_min, **hyper)


FAULTS += [
    formula(CosineAnnealingLR, "periodic", "COS-5", lambda t, b, T_max, eta_min, **_: cosine(t / T_max, b, eta_min)),
    formula(CosineAnnealingLR, "ends one step early", "COS-1", cosine_one_step_too_short),
    formula(CosineAnnealingLR, "ends one step late", "COS-4", cosine_one_step_too_long),
    ignoring(CosineAnnealingLR, "eta_min ignored", "COS-1", eta_min=0.0),
    formula(CosineAnnealingLR, "floor and difference", "COS-3", floor_and_difference),
    formula(WarmupCosineSchedule, "floor and difference", "WCOS-3", floor_and_difference_after_a_rise),
    formula(CosineAnnealingLR, "cancellation", "NUM-2", cancelling, precision="float32"),
    formula(WarmupScheduler, "one increment behind", "WARM-1", one_increment_behind),
    ignoring(WarmupScheduler, "start ignored", "WARM-5", warmup_start_lr=0.0),
    formula(WarmupScheduler, "overshoots", "WARM-3", overshooting),
    formula(WarmupCosineSchedule, "cosine over the whole length", "WCOS-2", cosine_over_the_whole_length),
    formula(WarmupCosineSchedule, "global time", "WCOS-3", cosine_in_global_time),
    formula(WarmupCosineSchedule, "rises again", "WCOS-4", rising_again),
    ignoring(WarmupCosineSchedule, "warm-up from zero", "WCOS-1", warmup_start_lr=0.0),
]
