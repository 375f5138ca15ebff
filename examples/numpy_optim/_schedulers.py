"""The schedules, each of which is a formula."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from numpy_optim._arguments import (
    boolean,
    choice,
    increasing,
    integer,
    items,
    optional_integer,
    optional_real,
    rate_list,
    real,
    say,
)
from numpy_optim._formulas import HUGE, cosine, geometric, line, power, progress, rounded
from numpy_optim._scheduler import UNSET, BaseLR, Formula, Int, RateList, Rates, Schedule, pick


class ExponentialLR(Formula):
    """The rate falls by the factor `gamma` at every step."""

    def __init__(self, base_lr: BaseLR = UNSET, gamma: float = 0.95, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.gamma = real(self, "gamma", gamma, "(0, 1)")

    def _rate(self, t: int, base: float, /) -> float:
        return geometric(base, self.gamma, t)


class StepLR(Formula):
    """The rate falls by the factor `gamma` every `step_size` steps."""

    def __init__(self, base_lr: BaseLR = UNSET, step_size: Int = 30, gamma: float = 0.1, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.step_size = integer(self, "step_size", step_size, 1)
        self.gamma = real(self, "gamma", gamma, "(0, 1]")

    def _rate(self, t: int, base: float, /) -> float:
        return geometric(base, self.gamma, t // self.step_size)


class MultiStepLR(Formula):
    """The rate falls by the factor `gamma` at each milestone."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        milestones: Iterable[Int] = (30, 60, 90),
        gamma: float = 0.1,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.milestones = increasing(self, "milestones", milestones)
        self.gamma = real(self, "gamma", gamma, "(0, 1]")

    def _rate(self, t: int, base: float, /) -> float:
        return geometric(base, self.gamma, bisect_right(self.milestones, t))


class ExponentialDecayLR(Formula):
    """The rate changes by the factor `decay_rate` over `decay_steps` steps, after a delay, up to a bound."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        decay_steps: Int = 1000,
        decay_rate: float = 0.96,
        transition_begin: Int = 0,
        staircase: bool = False,
        end_value: float | None = None,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.decay_steps = integer(self, "decay_steps", decay_steps, 1)
        self.decay_rate = real(self, "decay_rate", decay_rate, "(0, inf)")
        self.transition_begin = integer(self, "transition_begin", transition_begin, 0)
        self.staircase = boolean(self, "staircase", staircase)
        self.end_value = optional_real(self, "end_value", end_value, "[0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        done = min(max(t - self.transition_begin, 0), HUGE)
        exponent = done // self.decay_steps if self.staircase else done / self.decay_steps
        rate = geometric(base, self.decay_rate, exponent)
        if self.end_value is None or self.decay_rate == 1:
            return rate
        return max(rate, self.end_value) if self.decay_rate < 1 else min(rate, self.end_value)


class ConstantLR(Formula):
    """A factor on the base rate for a while, then the base rate itself."""

    def __init__(
        self, base_lr: BaseLR = UNSET, factor: float = 1 / 3, total_iters: Int = 5, last_epoch: Int = 0
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.factor = real(self, "factor", factor, "[0, 1]")
        self.total_iters = integer(self, "total_iters", total_iters, 0)

    def _rate(self, t: int, base: float, /) -> float:
        return base * self.factor if t < self.total_iters else base


class LinearLR(Formula):
    """The factor on the base rate moves along a line from `start_factor` to `end_factor`, where it stays."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: Int = 5,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.start_factor = real(self, "start_factor", start_factor, "[0, 1]")
        self.end_factor = real(self, "end_factor", end_factor, "[0, 1]")
        self.total_iters = integer(self, "total_iters", total_iters, 0)

    def _rate(self, t: int, base: float, /) -> float:
        return base * line(self.start_factor, self.end_factor, progress(t, self.total_iters))


class PolynomialLR(Formula):
    """The rate falls to zero along a power of the time that is left."""

    def __init__(self, base_lr: BaseLR = UNSET, total_iters: Int = 5, power: float = 1.0, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.total_iters = integer(self, "total_iters", total_iters, 1)
        self.power = real(self, "power", power, "(0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        return base * power(float(1 - progress(t, self.total_iters)), self.power)


class WarmupScheduler(Formula):
    """A line from `warmup_start_lr` up to the base rate, where it stays."""

    def __init__(
        self, base_lr: BaseLR = UNSET, warmup_epochs: Int = 5, warmup_start_lr: float = 0.0, last_epoch: Int = 0
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.warmup_epochs = integer(self, "warmup_epochs", warmup_epochs, 0)
        self.warmup_start_lr = real(self, "warmup_start_lr", warmup_start_lr, "[0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        return line(self.warmup_start_lr, base, progress(t, self.warmup_epochs))


class CosineAnnealingLR(Formula):
    """Half a cosine from the base rate to `eta_min` at `T_max`, where the rate stays."""

    def __init__(self, base_lr: BaseLR = UNSET, T_max: Int = 50, eta_min: float = 0.0, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.T_max = integer(self, "T_max", T_max, 1)
        self.eta_min = real(self, "eta_min", eta_min, "[0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        return cosine(base, self.eta_min, progress(t, self.T_max))


class WarmupCosineSchedule(Formula):
    """A line up to the base rate, then half a cosine to `eta_min` at `total_steps`, where the rate stays."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        warmup_steps: Int = 1000,
        total_steps: Int = 10000,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.warmup_steps = integer(self, "warmup_steps", warmup_steps, 0)
        self.total_steps = integer(self, "total_steps", total_steps, self.warmup_steps + 1)
        self.warmup_start_lr = real(self, "warmup_start_lr", warmup_start_lr, "[0, inf)")
        self.eta_min = real(self, "eta_min", eta_min, "[0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        if t < self.warmup_steps:
            return line(self.warmup_start_lr, base, progress(t, self.warmup_steps))
        return cosine(base, self.eta_min, progress(t - self.warmup_steps, self.total_steps - self.warmup_steps))


class CosineAnnealingWarmRestarts(Formula):
    """Half a cosine from the base rate to `eta_min`, again and again, each `T_mult` times as long as the last."""

    def __init__(
        self, base_lr: BaseLR = UNSET, T_0: Int = 10, T_mult: Int = 1, eta_min: float = 0.0, last_epoch: Int = 0
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.T_0 = integer(self, "T_0", T_0, 1)
        self.T_mult = integer(self, "T_mult", T_mult, 1)
        self.eta_min = real(self, "eta_min", eta_min, "[0, inf)")

    def _rate(self, t: int, base: float, /) -> float:
        length = self.T_0
        if self.T_mult == 1:
            t %= length
        while t >= length:  # at most log2(t) cycles, since each is at least twice as long as the last
            t, length = t - length, length * self.T_mult
        return cosine(base, self.eta_min, progress(t, length))


class CyclicLR(Schedule):
    """Triangles between the base rate and `max_lr`, of a height that may change."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        max_lr: RateList = 1e-2,
        step_size_up: Int = 2000,
        step_size_down: Int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[int], Any] | None = None,
        scale_mode: str = "cycle",
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.max_lr = rate_list(self, "max_lr", max_lr)
        self.step_size_up = integer(self, "step_size_up", step_size_up, 1)
        down = optional_integer(self, "step_size_down", step_size_down, 1)
        self.step_size_down = self.step_size_up if down is None else down
        self.mode = choice(self, "mode", mode, "triangular", "triangular2", "exp_range")
        self.gamma = real(self, "gamma", gamma, "(0, inf)")
        if not (scale_fn is None or callable(scale_fn)):
            raise TypeError(say(self, f"scale_fn must be callable or None, got {scale_fn!r}"))
        self.scale_fn = scale_fn
        self.scale_mode = choice(self, "scale_mode", scale_mode, "cycle", "iterations")

    def _at(self, t: int, group: int) -> float:
        up, down = self.step_size_up, self.step_size_down
        cycle, since = divmod(t, up + down)
        height = Fraction(since, up) if since <= up else Fraction(up + down - since, down)
        scale = self._scale(t, cycle)
        base = Fraction(self._rates.of(group))
        rise = (Fraction(pick(self.max_lr, group)) - base) * height
        if math.isfinite(scale):  # exact, so that nothing cancels where `max_lr` is the smaller of the two
            return rounded(base + rise * Fraction(scale))
        return float(base) + float(rise) * scale if rise else float(base)

    def _scale(self, t: int, cycle: int) -> float:
        if self.scale_fn is not None:
            return float(self.scale_fn(t if self.scale_mode == "iterations" else cycle + 1))
        if self.mode == "triangular":
            return 1.0
        return power(0.5, cycle) if self.mode == "triangular2" else power(self.gamma, t)


class OneCycleLR(Formula):
    """A line up to `max_lr`, then a fall far below the start, then rest. What differs between groups is `max_lr`."""

    _absolute = True

    def __init__(
        self,
        max_lr: RateList = 1e-2,
        total_steps: Int | None = None,
        epochs: Int | None = None,
        steps_per_epoch: Int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(rate_list(self, "max_lr", max_lr), last_epoch)
        self._stated = False
        total = optional_integer(self, "total_steps", total_steps, 1)
        self.epochs = optional_integer(self, "epochs", epochs, 1)
        self.steps_per_epoch = optional_integer(self, "steps_per_epoch", steps_per_epoch, 1)
        if total is None:
            if self.epochs is None or self.steps_per_epoch is None:
                raise ValueError(say(self, "total_steps must be given, or both epochs and steps_per_epoch"))
            total = self.epochs * self.steps_per_epoch
        self.total_steps = total
        self.pct_start = real(self, "pct_start", pct_start, "(0, 1)")
        self.anneal_strategy = choice(self, "anneal_strategy", anneal_strategy, "cos", "linear")
        self.div_factor = real(self, "div_factor", div_factor, "(0, inf)")
        self.final_div_factor = real(self, "final_div_factor", final_div_factor, "(0, inf)")

    @property
    def base_lrs(self) -> list[float]:
        return [peak / self.div_factor for peak in super().base_lrs]

    def _rate(self, t: int, peak: float, /) -> float:
        first, last, top = peak / self.div_factor, peak / self.final_div_factor, Fraction(self.pct_start)
        top *= self.total_steps
        if t >= self.total_steps:
            return last
        if t <= top:
            return line(first, peak, t / top)
        fall = cosine if self.anneal_strategy == "cos" else line
        return fall(peak, last, (t - top) / (self.total_steps - top))

    def _attach(self, groups: int, _explicit: float | None = None) -> None:
        super()._attach(groups)

    def _inherit(self, rates: Rates) -> None:
        """Keep `max_lr`: there is no base rate to take."""


class PiecewiseConstantSchedule(Formula):
    """A list of rates, each in force up to a boundary, whatever the base rate."""

    _absolute = True

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        boundaries: Iterable[Int] = (1000, 2000),
        values: Iterable[float] = (1.0, 0.1, 0.01),
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.boundaries = increasing(self, "boundaries", boundaries)
        self.values = tuple(real(self, "values", value, "[0, inf)") for value in items(self, "values", values))
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(say(self, f"values must be one more than boundaries, got {len(self.values)}"))

    def _rate(self, t: int, _base: float, /) -> float:
        return self.values[bisect_right(self.boundaries, t)]
