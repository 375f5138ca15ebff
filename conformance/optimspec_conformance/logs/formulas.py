"""The formulas of the classes in numpy, for a million steps: what the definitions say in 50 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..classes.catalogue import SCHEDULES
from ..classes.conventions import of_class
from ..classes.definition import Array
from .conventions import PERIODIC, unclamped_line

Formula = Callable[..., Array]


def _cosine(progress: Array, first: Any, last: Any) -> Array:
    rates: Array = last + (first - last) * (1 + np.cos(np.pi * progress)) / 2
    return rates


def _exponential(t: Array, b: float, gamma: float) -> Array:
    return b * gamma**t


def _step(t: Array, b: float, step_size: int, gamma: float) -> Array:
    return b * gamma ** (t // step_size)


def _multi_step(t: Array, b: float, milestones: tuple[int, ...], gamma: float) -> Array:
    return b * gamma ** np.searchsorted(milestones, t, side="right")


def _multi_step_early(t: Array, b: float, milestones: tuple[int, ...], gamma: float) -> Array:
    return _multi_step(t + 1, b, milestones, gamma)


def _cosine_annealing(t: Array, b: float, T_max: int, eta_min: float) -> Array:
    return _cosine(np.minimum(t / T_max, 1), b, eta_min)


def _periodic_cosine(t: Array, b: float, T_max: int, eta_min: float) -> Array:
    return _cosine(t / T_max, b, eta_min)


def _linear(t: Array, b: float, start_factor: float, end_factor: float, total_iters: int) -> Array:
    progress = np.minimum(t / total_iters, 1) if total_iters else np.ones(len(t))
    return b * (start_factor + (end_factor - start_factor) * progress)


def _constant(t: Array, b: float, factor: float, total_iters: int) -> Array:
    return np.where(t < total_iters, b * factor, b)


def _polynomial(t: Array, b: float, total_iters: int, power: float) -> Array:
    return b * (1 - np.minimum(t / total_iters, 1)) ** power


def _exponential_decay(
    t: Array,
    b: float,
    decay_steps: int,
    decay_rate: float,
    transition_begin: int,
    staircase: bool,
    end_value: float | None,
) -> Array:
    since = np.maximum(t - transition_begin, 0)
    rates: Array = b * decay_rate ** (since // decay_steps if staircase else since / decay_steps)
    if end_value is None or decay_rate == 1:
        return rates
    return np.maximum(rates, end_value) if decay_rate < 1 else np.minimum(rates, end_value)


def _warmup(t: Array, b: float, warmup_epochs: int, warmup_start_lr: float) -> Array:
    progress = np.minimum(t / warmup_epochs, 1) if warmup_epochs else np.ones(len(t))
    return warmup_start_lr + (b - warmup_start_lr) * progress


def _warmup_cosine(
    t: Array, b: float, warmup_steps: int, total_steps: int, warmup_start_lr: float, eta_min: float
) -> Array:
    progress = np.clip((t - warmup_steps) / (total_steps - warmup_steps), 0, 1)
    falling = _cosine(progress, b, eta_min)
    return np.where(t < warmup_steps, _warmup(t, b, warmup_steps, warmup_start_lr), falling)


def _warmup_linear(
    t: Array, b: float, warmup_steps: int, total_steps: int, warmup_start_lr: float, eta_min: float
) -> Array:
    return _warmup_polynomial(t, b, warmup_steps, total_steps, 1.0, warmup_start_lr, eta_min)


def _warmup_polynomial(
    t: Array, b: float, warmup_steps: int, total_steps: int, power: float, warmup_start_lr: float, eta_min: float
) -> Array:
    left = np.clip((total_steps - t) / (total_steps - warmup_steps), 0, 1) ** power
    return np.where(t < warmup_steps, _warmup(t, b, warmup_steps, warmup_start_lr), eta_min + (b - eta_min) * left)


def _warmup_stable_decay(
    t: Array,
    b: float,
    warmup_steps: int,
    total_steps: int,
    decay_steps: int,
    decay: str,
    warmup_start_lr: float,
    eta_min: float,
) -> Array:
    steps = max(decay_steps, 1)
    x = np.clip((t - (total_steps - steps)) / steps, 0, 1)
    left = {"linear": 1 - x, "cosine": (1 + np.cos(np.pi * x)) / 2, "1-sqrt": 1 - np.sqrt(x)}[decay]
    return np.where(t < warmup_steps, _warmup(t, b, warmup_steps, warmup_start_lr), eta_min + (b - eta_min) * left)


def _inverse_sqrt(
    t: Array, b: float, warmup_steps: int, timescale: float | None, warmup_start_lr: float, eta_min: float
) -> Array:
    falling = b / np.sqrt(1 + np.maximum(t - warmup_steps, 0) / (timescale or warmup_steps))
    rising = _warmup(t, b, warmup_steps, warmup_start_lr)
    return np.where(t < warmup_steps, rising, np.maximum(falling, eta_min))


def _warmup_cosine_restarts(
    t: Array, b: float, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: float, eta_min: float
) -> Array:
    length = total_steps - warmup_steps
    falling = _cosine((np.maximum(t - warmup_steps, 0) * cycles % length) / length, b, eta_min)
    rising = _warmup(t, b, warmup_steps, warmup_start_lr)
    return np.where(t < warmup_steps, rising, np.where(t < total_steps, falling, eta_min))


def _piecewise_linear(t: Array, b: float, milestones: tuple[int, ...], values: tuple[float, ...]) -> Array:
    return np.interp(t, milestones, values)


def _piecewise_constant(t: Array, b: float, boundaries: tuple[int, ...], values: tuple[float, ...]) -> Array:
    return np.array(values)[np.searchsorted(boundaries, t, side="right")]


def _cyclic(
    t: Array,
    b: float,
    max_lr: float,
    step_size_up: int,
    step_size_down: int | None,
    mode: str,
    gamma: float,
    scale_fn: None,
    scale_mode: str,
) -> Array:
    down = step_size_up if step_size_down is None else step_size_down
    cycle, r = np.divmod(t, step_size_up + down)
    height = np.where(r <= step_size_up, r / step_size_up, (step_size_up + down - r) / down)
    scale = {"triangular2": 0.5**cycle, "exp_range": gamma**t}.get(mode, 1)
    return b + (max_lr - b) * height * scale


def _one_cycle(
    t: Array,
    b: float,
    max_lr: float,
    total_steps: int | None,
    epochs: int | None,
    steps_per_epoch: int | None,
    pct_start: float,
    anneal_strategy: str,
    div_factor: float,
    final_div_factor: float,
) -> Array:
    total = total_steps if total_steps is not None else (epochs or 0) * (steps_per_epoch or 0)
    peak, first, last = pct_start * total, max_lr / div_factor, max_lr / final_div_factor
    progress = np.clip((t - peak) / (total - peak), 0, 1)
    falling = _cosine(progress, max_lr, last) if anneal_strategy == "cos" else max_lr + (last - max_lr) * progress
    return np.where(t <= peak, first + (max_lr - first) * t / peak, falling)


def _restarts(t: Array, b: float, T_0: int, T_mult: int, eta_min: float) -> Array:
    if T_mult == 1:
        return _cosine(t % T_0 / T_0, b, eta_min)
    starts, length = [0], T_0
    while starts[-1] + length <= np.max(t, initial=0):
        starts.append(starts[-1] + length)
        length *= T_mult
    cycle = np.searchsorted(starts, t, side="right") - 1
    return _cosine((t - np.array(starts)[cycle]) / (T_0 * float(T_mult) ** cycle), b, eta_min)


def _rate_of(name: str) -> Callable[..., Any]:
    return SCHEDULES[name].rate


FORMULAS: dict[Callable[..., Any], Formula] = {
    _rate_of("ExponentialLR"): _exponential,
    _rate_of("StepLR"): _step,
    _rate_of("MultiStepLR"): _multi_step,
    _rate_of("CosineAnnealingLR"): _cosine_annealing,
    _rate_of("LinearLR"): _linear,
    _rate_of("ConstantLR"): _constant,
    _rate_of("PolynomialLR"): _polynomial,
    _rate_of("ExponentialDecayLR"): _exponential_decay,
    _rate_of("WarmupScheduler"): _warmup,
    _rate_of("WarmupCosineSchedule"): _warmup_cosine,
    _rate_of("PiecewiseConstantSchedule"): _piecewise_constant,
    _rate_of("CyclicLR"): _cyclic,
    _rate_of("OneCycleLR"): _one_cycle,
    _rate_of("CosineAnnealingWarmRestarts"): _restarts,
    _rate_of("WarmupStableDecay"): _warmup_stable_decay,
    _rate_of("WarmupLinearSchedule"): _warmup_linear,
    _rate_of("WarmupPolynomialSchedule"): _warmup_polynomial,
    _rate_of("InverseSqrtSchedule"): _inverse_sqrt,
    _rate_of("WarmupCosineRestarts"): _warmup_cosine_restarts,
    _rate_of("PiecewiseLinearSchedule"): _piecewise_linear,
    unclamped_line: unclamped_line,
    SCHEDULES["MultiStepLR"].under(of_class("MultiStepLR", "timm")).rate: _multi_step_early,
    PERIODIC.rate: _periodic_cosine,
}
