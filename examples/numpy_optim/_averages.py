"""Rules that keep an average of the weights, beside the weights themselves."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np

from numpy_optim._arguments import integer, pair, real
from numpy_optim._optimizer import Array, Moment, Optimizer, ratio
from numpy_optim._scheduler import Scheduler


class _Averaging(Optimizer):
    """An optimizer whose weights have an average."""

    def averaged(self) -> dict[Hashable, Array]:
        """Return the average of each weight, and of one without steps its value. Nothing changes."""
        averages: dict[Hashable, Array] = {}
        for key, weight in self._weights.items():
            value = weight.array()
            average = self._average(weight.slots, value, weight.k) if weight.k else value
            averages[key] = np.array(average, weight.dtype)
        return averages

    def _average(self, slots: dict[str, Array], value: Array, k: int, /) -> Array:
        """Return the average after k steps, at least one."""
        raise NotImplementedError


class _ScheduleFree(_Averaging):
    """Steps of z, of which x is an average; the weight is y, between the two."""

    _sizes = frozenset({"v", "total", "peak"})
    _moves_at_zero = True

    def __init__(
        self,
        lr: float | Scheduler,
        weight_decay: float,
        warmup_steps: int,
        r: float,
        weight_lr_power: float,
        grad_clip_norm: float | None,
        grad_clip_value: float | None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.warmup_steps = integer(self, "warmup_steps", warmup_steps, 0)
        self.r = real(self, "r", r, "[0, inf)")
        self.weight_lr_power = real(self, "weight_lr_power", weight_lr_power, "[0, inf)")

    @property
    def _share(self) -> float:
        """The share of x in y."""
        raise NotImplementedError

    def _layout(self, array: Array, /) -> dict[str, Array]:
        numbers = {name: np.zeros((), array.dtype) for name in ("total", "peak")}
        return {name: np.zeros_like(array) for name in self._slot_names} | numbers

    def _move(self, direction: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        z = slots["z"] if at.k > 1 else at.theta
        rate = at.rate * min(1.0, at.k / self.warmup_steps) if self.warmup_steps else at.rate
        step = rate * direction if rate else np.zeros_like(direction)
        peak = max(float(slots["peak"]), rate)
        importance = at.k**self.r * peak**self.weight_lr_power
        total = float(slots["total"]) + importance
        new = importance / total if total else 0.0
        slots["z"], slots["total"], slots["peak"] = z - step, np.array(total), np.array(peak)
        moved: Array = (1 - new) * at.theta + new * z - (1 - self._share * (1 - new)) * step
        return moved

    def _average(self, slots: dict[str, Array], value: Array, _k: int, /) -> Array:
        average: Array = (value - (1 - self._share) * slots["z"]) / self._share
        return average


class ScheduleFreeAdamW(_ScheduleFree):
    """Steps of AdamW without momentum, gradients taken near an average, and no schedule that has to fall."""

    _slot_names = ("z", "v")
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 0.0025,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, warmup_steps, r, weight_lr_power, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "(0, 1)", "(0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    @property
    def _share(self) -> float:
        return self.betas[0]

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta2 = self.betas[1]
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        return ratio(g, np.sqrt(slots["v"] / (1 - beta2**at.k)) + self.eps) + at.decay * at.theta


class ScheduleFreeSGD(_ScheduleFree):
    """Gradient descent, gradients taken near an average, and no schedule that has to fall."""

    _slot_names = ("z",)

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, warmup_steps, r, weight_lr_power, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "(0, 1)")

    @property
    def _share(self) -> float:
        return self.momentum

    def _direction(self, g: Array, _slots: dict[str, Array], _at: Moment, /) -> Array:
        return g


class ASGD(_Averaging):
    """Gradient descent at a rate that falls by itself, with a mean of the later weights."""

    _slot_names = ("mean",)
    _moves_at_zero = True  # by nothing, but where they are is part of the mean

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: int = 1_000_000,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.lambd = real(self, "lambd", lambd, "[0, inf)")
        self.alpha = real(self, "alpha", alpha, "[0, inf)")
        self.t0 = integer(self, "t0", t0, 0)

    def _direction(self, g: Array, _slots: dict[str, Array], at: Moment, /) -> Array:
        return g + self.lambd * at.theta

    def _move(self, direction: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        rate = at.rate / (1 + self.lambd * at.rate * (at.k - 1)) ** self.alpha
        moved = at.theta - rate * direction if rate else at.theta.copy()
        count = at.k - self.t0 - 1
        slots["mean"] = slots["mean"] + (moved - slots["mean"]) / count if count > 1 else moved
        return moved

    def _average(self, slots: dict[str, Array], value: Array, k: int, /) -> Array:
        return slots["mean"] if k >= self.t0 + 2 else value
