"""The schedules of the profile *field*: those with a warm-up, lines, and functions of the user."""

from __future__ import annotations

import math
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from numpy_optim._arguments import choice, increasing, integer, items, optional_real, real, say
from numpy_optim._formulas import cosine, line, progress
from numpy_optim._scheduler import UNSET, BaseLR, Formula, Int, Schedule


class _Warmup(Formula):
    """A line from `warmup_start_lr` up to the base rate, and then something else."""

    def __init__(self, base_lr: BaseLR, warmup_steps: Int, warmup_start_lr: float, eta_min: float, time: Int) -> None:
        super().__init__(base_lr, time)
        self.warmup_steps = integer(self, "warmup_steps", warmup_steps, 0)
        self.warmup_start_lr = real(self, "warmup_start_lr", warmup_start_lr, "[0, inf)")
        self.eta_min = real(self, "eta_min", eta_min, "[0, inf)")

    @abstractmethod
    def _after(self, t: int, base: float, /) -> float:
        """Return the rate `t` steps after the warm-up."""

    def _rate(self, t: int, base: float, /) -> float:
        if t < self.warmup_steps:
            return line(self.warmup_start_lr, base, progress(t, self.warmup_steps))
        return self._after(t - self.warmup_steps, base)


class WarmupLinearSchedule(_Warmup):
    """After the warm-up, a line down to `eta_min` at `total_steps`, where the rate stays."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        warmup_steps: Int = 1000,
        total_steps: Int = 10000,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_start_lr, eta_min, last_epoch)
        self.total_steps = integer(self, "total_steps", total_steps, self.warmup_steps + 1)

    def _after(self, t: int, base: float, /) -> float:
        return line(base, self.eta_min, progress(t, self.total_steps - self.warmup_steps))


class WarmupPolynomialSchedule(_Warmup):
    """After the warm-up, a fall as a power of the remaining time, to `eta_min` at `total_steps`."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        warmup_steps: Int = 1000,
        total_steps: Int = 10000,
        power: float = 1.0,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_start_lr, eta_min, last_epoch)
        self.total_steps = integer(self, "total_steps", total_steps, self.warmup_steps + 1)
        self.power = real(self, "power", power, "(0, inf)")

    def _after(self, t: int, base: float, /) -> float:
        left = math.pow(1 - progress(t, self.total_steps - self.warmup_steps), self.power)
        return base * left + self.eta_min * (1 - left)


class WarmupStableDecay(_Warmup):
    """After the warm-up, the base rate up to the last `decay_steps`, in which it falls to `eta_min`."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        *,
        warmup_steps: Int,
        total_steps: Int,
        decay_steps: Int,
        decay: str,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_start_lr, eta_min, last_epoch)
        self.total_steps = integer(self, "total_steps", total_steps, 1)
        self.decay_steps = integer(self, "decay_steps", decay_steps, 0)
        self.decay = choice(self, "decay", decay, "linear", "cosine", "1-sqrt")
        if self.warmup_steps + self.decay_steps > self.total_steps:
            raise ValueError(say(self, "total_steps must be at least warmup_steps and decay_steps together"))

    def _after(self, t: int, base: float, /) -> float:
        stable = self.total_steps - self.decay_steps - self.warmup_steps
        if t < stable:
            return base
        done = progress(t - stable, self.decay_steps)
        if self.decay == "cosine":
            return cosine(base, self.eta_min, done)
        return line(base, self.eta_min, done if self.decay == "linear" else Fraction(math.sqrt(done)))


class InverseSqrtSchedule(_Warmup):
    """After the warm-up, a fall with the root of the time, in units of `timescale`, that never ends."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        warmup_steps: Int = 4000,
        timescale: float | None = None,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_start_lr, eta_min, last_epoch)
        given = optional_real(self, "timescale", timescale, "(0, inf)")
        self.timescale = float(self.warmup_steps) if given is None else given
        if not self.timescale:
            raise ValueError(say(self, "timescale must be given where there is no warm-up"))

    def _after(self, t: int, base: float, /) -> float:
        return max(self.eta_min, base / math.sqrt(1 + t / self.timescale))


class WarmupCosineRestarts(_Warmup):
    """After the warm-up, `cycles` cosines from the base rate to `eta_min`, until `total_steps`."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        warmup_steps: Int = 1000,
        total_steps: Int = 10000,
        cycles: Int = 1,
        warmup_start_lr: float = 0.0,
        eta_min: float = 0.0,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_start_lr, eta_min, last_epoch)
        self.total_steps = integer(self, "total_steps", total_steps, self.warmup_steps + 1)
        self.cycles = integer(self, "cycles", cycles, 1)

    def _after(self, t: int, base: float, /) -> float:
        length = self.total_steps - self.warmup_steps
        return cosine(base, self.eta_min, Fraction(t * self.cycles % length, length) if t < length else Fraction(1))


class PiecewiseLinearSchedule(Formula):
    """Lines from one milestone to the next, whatever the base rate."""

    _absolute = True

    def __init__(
        self, base_lr: BaseLR = UNSET, *, milestones: Iterable[Int], values: Iterable[float], last_epoch: Int = 0
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.milestones = increasing(self, "milestones", milestones)
        self.values = tuple(real(self, "values", value, "[0, inf)") for value in items(self, "values", values))
        if not self.milestones or len(self.values) != len(self.milestones):
            raise ValueError(say(self, f"values must be as many as milestones, at least one, got {len(self.values)}"))

    def _rate(self, t: int, _base: float, /) -> float:
        after = bisect_right(self.milestones, t)
        if after in (0, len(self.milestones)):
            return self.values[0 if after == 0 else -1]
        start, end = self.milestones[after - 1], self.milestones[after]
        return line(self.values[after - 1], self.values[after], Fraction(t - start, end - start))


Function = Callable[[int], Any]


class _Functions(Schedule):
    """A schedule of functions, one for each group, the last of which is for every further group."""

    def __init__(self, base_lr: BaseLR, lr_lambda: Function | list[Function] | tuple[Function, ...], time: Int) -> None:
        super().__init__(base_lr, time)
        self.lr_lambda = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda]
        if not all(map(callable, self.lr_lambda)):
            raise TypeError(say(self, f"lr_lambda must be a function, or a list of them, got {lr_lambda!r}"))
        if not self.lr_lambda:
            raise ValueError(say(self, "lr_lambda must have at least one function"))
        self._check(self._time)

    @abstractmethod
    def _factor(self, t: int, function: Function, /) -> float:
        """Return the factor on a base rate at time `t`."""

    def _result(self, t: int, function: Function) -> float:
        result = float(function(t))
        if not 0 <= result < math.inf:
            raise ValueError(say(self, f"lr_lambda must give finite numbers >= 0, got {result} at {t}"))
        return result

    def _check(self, t: int) -> None:
        for function in self.lr_lambda:
            self._factor(t, function)

    def _at(self, t: int, group: int) -> float:
        return self._rates.of(group) * self._factor(t, self.lr_lambda[min(group, len(self.lr_lambda) - 1)])

    def _move(self, time: int) -> None:
        self._check(time)
        super()._move(time)


class LambdaLR(_Functions):
    """The base rate times a function of the time."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        *,
        lr_lambda: Function | list[Function] | tuple[Function, ...],
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, lr_lambda, last_epoch)

    def _factor(self, t: int, function: Function, /) -> float:
        return self._result(t, function)


class MultiplicativeLR(_Functions):
    """The base rate times the product of a function of all times from 1 to now."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        *,
        lr_lambda: Function | list[Function] | tuple[Function, ...],
        last_epoch: Int = 0,
    ) -> None:
        self._kept: dict[int, tuple[int, float]] = {}  # by function: a time, and the product up to it
        super().__init__(base_lr, lr_lambda, last_epoch)

    def _factor(self, t: int, function: Function, /) -> float:
        time, product = self._kept.get(id(function), (0, 1.0))
        if time > t:
            time, product = 0, 1.0
        for s in range(time + 1, t + 1):
            product *= self._result(s, function)
        self._kept[id(function)] = t, product
        return product
