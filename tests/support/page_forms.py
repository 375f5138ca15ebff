"""The rates of schedules by the forms that their pages show, in numpy, with every operation in one dtype."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import optimspec


class Forms:
    """Each method is η(t) of a class. ``real`` is the dtype: np.float32 or np.float64."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def ExponentialLR(self, t: int, b: Any, gamma: Any) -> Any:  # noqa: N802 - the names of the classes
        return b * gamma**t

    def StepLR(self, t: int, b: Any, step_size: int, gamma: Any) -> Any:  # noqa: N802
        return b * gamma ** (t // step_size)

    def MultiStepLR(self, t: int, b: Any, milestones: Any, gamma: Any) -> Any:  # noqa: N802
        return b * gamma ** sum(milestone <= t for milestone in milestones)

    def ConstantLR(self, t: int, b: Any, factor: Any, total_iters: int) -> Any:  # noqa: N802
        return b * factor if t < total_iters else b

    def LinearLR(self, t: int, b: Any, start_factor: Any, end_factor: Any, total_iters: int) -> Any:  # noqa: N802
        return b * self.line(start_factor, end_factor, self.done(t, total_iters))

    def PolynomialLR(self, t: int, b: Any, total_iters: int, power: Any) -> Any:  # noqa: N802
        return b * (1 - self.done(t, total_iters)) ** power

    def WarmupScheduler(self, t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:  # noqa: N802
        return self.line(warmup_start_lr, b, self.done(t, warmup_epochs))

    def CosineAnnealingLR(self, t: int, b: Any, T_max: int, eta_min: Any) -> Any:  # noqa: N802
        return self.cosine(b, eta_min, T_max - min(t, T_max), T_max)

    def CosineAnnealingWarmRestarts(self, t: int, b: Any, T_0: int, T_mult: int, eta_min: Any) -> Any:  # noqa: N802
        since, length = t % T_0 if T_mult == 1 else t, T_0
        while since >= length:
            since, length = since - length, length * T_mult
        return self.cosine(b, eta_min, length - since, length)

    def WarmupCosineSchedule(  # noqa: N802
        self, t: int, b: Any, warmup_steps: int, total_steps: int, warmup_start_lr: Any, eta_min: Any
    ) -> Any:
        fall = self.cosine(b, eta_min, max(total_steps - t, 0), total_steps - warmup_steps)
        return self.warm(t, b, warmup_steps, warmup_start_lr, fall)

    def WarmupLinearSchedule(  # noqa: N802
        self, t: int, b: Any, warmup_steps: int, total_steps: int, warmup_start_lr: Any, eta_min: Any
    ) -> Any:
        fall = self.line(eta_min, b, self.done(max(total_steps - t, 0), total_steps - warmup_steps))
        return self.warm(t, b, warmup_steps, warmup_start_lr, fall)

    def WarmupPolynomialSchedule(  # noqa: N802
        self, t: int, b: Any, warmup_steps: int, total_steps: int, power: Any, warmup_start_lr: Any, eta_min: Any
    ) -> Any:
        v = self.done(max(total_steps - t, 0), total_steps - warmup_steps) ** power
        return self.warm(t, b, warmup_steps, warmup_start_lr, self.line(eta_min, b, v))

    def WarmupStableDecay(  # noqa: N802
        self,
        t: int,
        b: Any,
        warmup_steps: int,
        total_steps: int,
        decay_steps: int,
        decay: str,
        warmup_start_lr: Any,
        eta_min: Any,
    ) -> Any:
        since = t - (total_steps - decay_steps)
        if since < 0 or t >= total_steps:
            fall = b if since < 0 else self.real(eta_min)
        elif decay == "cosine":
            fall = self.cosine(b, eta_min, decay_steps - since, decay_steps)
        else:
            left = self.done(decay_steps - since, decay_steps)
            fall = self.line(eta_min, b, left if decay == "linear" else 1 - np.sqrt(self.done(since, decay_steps)))
        return self.warm(t, b, warmup_steps, warmup_start_lr, fall)

    def WarmupCosineRestarts(  # noqa: N802
        self, t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
    ) -> Any:
        length = total_steps - warmup_steps
        left = length - (t - warmup_steps) * cycles % length if t < total_steps else 0
        return self.warm(t, b, warmup_steps, warmup_start_lr, self.cosine(b, eta_min, left, length))

    def InverseSqrtSchedule(  # noqa: N802
        self, t: int, b: Any, warmup_steps: int, timescale: Any, warmup_start_lr: Any, eta_min: Any
    ) -> Any:
        fall = b / np.sqrt(1 + self.real(max(t - warmup_steps, 0)) / self.real(timescale))
        return self.warm(t, b, warmup_steps, warmup_start_lr, max(self.real(eta_min), fall))

    def PiecewiseLinearSchedule(self, t: int, b: Any, milestones: Any, values: Any) -> Any:  # noqa: N802
        times, rates = [*milestones, math.inf], [*map(self.real, values), self.real(values[-1])]
        i = max(sum(time <= t for time in times) - 1, 0)
        return self.line(rates[i], rates[i + 1], self.done(max(t - times[i], 0), times[i + 1] - times[i]))

    def warm(self, t: int, b: Any, warmup_steps: int, start: Any, after: Any) -> Any:
        return self.line(start, b, self.done(t, warmup_steps)) if t < warmup_steps else after

    def done(self, t: int, length: int) -> Any:
        return self.real(min(t, length)) / self.real(length) if length else self.real(1)

    def line(self, start: Any, end: Any, x: Any) -> Any:
        return (1 - x) * start + x * end

    def cosine(self, b: Any, e: Any, left: int, length: int) -> Any:
        w = np.sin(self.real(np.pi) / 2 * (self.real(left) / self.real(length))) ** 2
        return w * b + (1 - w) * e


NAMES = [name for name in vars(Forms) if name in optimspec.__all__]


def namespace(real: Any) -> Any:
    """The reference, with the rates of these classes computed in a dtype."""
    forms = Forms(real)

    def computed(name: str) -> Any:
        def rate(t: int, b: float, xp: Any, **hyper: Any) -> float:
            given = {key: real(value) if isinstance(value, float) else value for key, value in hyper.items()}
            result = getattr(forms, name)(t, real(b), **given)
            assert isinstance(result, real), f"{name}: {type(result)}"
            return float(result)

        return type(name, (getattr(optimspec, name),), {"rate": staticmethod(rate)})

    return SimpleNamespace(**vars(optimspec) | {name: computed(name) for name in NAMES})
