"""Rules that look at an array as a whole, and two more of Adam's kin."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce

import numpy as np

from numpy_optim._arguments import boolean, optional_real, pair, real
from numpy_optim._optimizer import Array, Moment, Optimizer, norm, ratio
from numpy_optim._scheduler import Scheduler


class Lamb(Optimizer):
    """The step of AdamW, as long as the weight itself."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m_hat, v_hat = slots["m"] / (1 - beta1**at.k), slots["v"] / (1 - beta2**at.k)
        return _scaled(ratio(m_hat, np.sqrt(v_hat) + self.eps) + at.decay * at.theta, at.theta)


class Lars(Optimizer):
    """A momentum over gradients that are scaled to the size of their weight."""

    _slot_names = ("v",)

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 1e-3,
        eps: float = 1e-8,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.trust_coefficient = real(self, "trust_coefficient", trust_coefficient, "[0, inf)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        slots["v"] = self.momentum * slots["v"] + _scaled(g, at.theta, self.trust_coefficient, self.eps)
        return slots["v"]


class Yogi(Optimizer):
    """Adam with a second moment that moves by steps of bounded size."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-3,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _start(self, _name: str, /) -> float:
        return 1e-6

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = slots["v"] - (1 - beta2) * np.sign(slots["v"] - g * g) * g * g
        m_hat, v_hat = slots["m"] / (1 - beta1**at.k), slots["v"] / (1 - beta2**at.k)
        return ratio(m_hat, np.sqrt(v_hat) + self.eps)


class AdaBelief(Optimizer):
    """Adam with the variance of the gradient around its mean in place of the second moment."""

    _slot_names = ("m", "s")
    _sizes = frozenset({"s"})

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["s"] = beta2 * slots["s"] + (1 - beta2) * (g - slots["m"]) ** 2 + self.eps
        m_hat, s_hat = slots["m"] / (1 - beta1**at.k), slots["s"] / (1 - beta2**at.k)
        return ratio(m_hat, np.sqrt(s_hat) + self.eps)


class Novograd(Optimizer):
    """A momentum of gradients that are divided by a running norm of their array."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _layout(self, array: Array, /) -> dict[str, Array]:
        return {"m": np.zeros_like(array), "v": np.zeros((), array.dtype)}

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = (self.betas[0], self.betas[1] if at.k > 1 else 0.0)
        size = norm([g])
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * (size * size)
        slots["m"] = beta1 * slots["m"] + ratio(g, np.sqrt(slots["v"]) + self.eps) + at.decay * at.theta
        return slots["m"]


class SM3(Optimizer):
    """Adagrad with one accumulator for each slice of an array in place of one for each element."""

    _sizes = frozenset(f"slices{axis}" for axis in range(64))

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        momentum: float = 0.9,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _layout(self, array: Array, /) -> dict[str, Array]:
        shape = array.shape or (1,)
        slices = {f"slices{axis}": np.zeros(length, array.dtype) for axis, length in enumerate(shape)}
        return {"m": np.zeros_like(array), **slices}

    def _direction(self, g: Array, slots: dict[str, Array], _at: Moment, /) -> Array:
        axes = range(max(1, g.ndim))
        spread = [slots[f"slices{axis}"].reshape([-1 if i == axis else 1 for i in axes]) for axis in axes]
        nu = reduce(np.minimum, spread) + np.atleast_1d(g) ** 2
        for axis in axes:
            slots[f"slices{axis}"] = np.max(nu, axis=tuple(i for i in axes if i != axis), initial=0)
        nu = nu.reshape(g.shape)
        direction = ratio(np.where(nu == 0, np.zeros_like(g), g), np.sqrt(nu + self.eps))
        slots["m"] = self.momentum * slots["m"] + (1 - self.momentum) * direction
        return slots["m"]


class Fromage(Optimizer):
    """Steps as long as the weight itself, and the growth that they bring taken back."""

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, 0.0, grad_clip_norm, grad_clip_value)

    def _direction(self, g: Array, _slots: dict[str, Array], at: Moment, /) -> Array:
        return g / max(norm([g]), 1e-6) * max(norm([at.theta]), 1e-6)

    def _move(self, direction: Array, _slots: dict[str, Array], at: Moment, /) -> Array:
        growth = math.hypot(1, at.rate)
        moved: Array = at.theta / growth - at.rate / growth * direction
        return moved


class Adafactor(Optimizer):
    """Second moments as products of a row and a column, and updates of bounded size."""

    _sizes = frozenset({"v", "rows", "columns"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler | None = None,
        eps: Iterable[float] = (1e-30, 1e-3),
        clip_threshold: float = 1.0,
        decay_rate: float = 0.8,
        beta1: float | None = None,
        weight_decay: float = 0.0,
        factored: bool = True,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(1.0 if lr is None else lr, weight_decay, grad_clip_norm, grad_clip_value)
        self._relative = lr is None
        self.eps = pair(self, "eps", eps, "[0, inf)", "[0, inf)")
        self.clip_threshold = real(self, "clip_threshold", clip_threshold, "(0, inf)")
        self.decay_rate = real(self, "decay_rate", decay_rate, "(0, inf)")
        self.beta1 = optional_real(self, "beta1", beta1, "[0, 1)")
        self.factored = boolean(self, "factored", factored)

    def _layout(self, array: Array, /) -> dict[str, Array]:
        names = ("rows", "columns") if self.factored and array.ndim > 1 else ("v",)
        slots = {name: self._measure(name, np.zeros_like(array)) for name in names}
        return slots if self.beta1 is None else {"m": np.zeros_like(array), **slots}

    def _measure(self, name: str, squares: Array) -> Array:
        """Return what a slot averages: the squares, or their means along one of the two longest axes."""
        if name == "v":
            return squares
        *_, second, first = sorted(range(squares.ndim), key=lambda axis: (squares.shape[axis], axis))
        return _mean(squares, first if name == "rows" else second)

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        new = at.k**-self.decay_rate
        for name in slots.keys() & self._sizes:
            slots[name] = (1 - new) * slots[name] + new * self._measure(name, g * g + self.eps[0])
        if "v" in slots:
            u = ratio(g, np.sqrt(slots["v"]))
        else:
            *_, second, first = sorted(range(g.ndim), key=lambda axis: (g.shape[axis], axis))
            rows, columns = np.expand_dims(slots["rows"], first), np.expand_dims(slots["columns"], second)
            shares = ratio(rows, np.expand_dims(_mean(rows, second), second))  # at most as large as the axis is long
            u = ratio(ratio(g, np.sqrt(shares)), np.sqrt(columns))
        u = u / max(1.0, _root_mean_square(u) / self.clip_threshold)
        if self.beta1 is not None:
            slots["m"] = u = self.beta1 * slots["m"] + (1 - self.beta1) * u
        scale = max(self.eps[1], _root_mean_square(at.theta)) * min(0.01, at.k**-0.5) if at.relative else 1.0
        return scale * (u + at.decay * at.theta)


def _scaled(x: Array, theta: Array, factor: float = 1.0, eps: float = 0.0) -> Array:
    """Return x times factor·‖theta‖/(‖x‖ + eps), or x itself where one of the norms is 0."""
    length, target = norm([x]), norm([theta])
    return x / (length + eps) * (factor * target) if length and target else x


def _mean(array: Array, axis: int) -> Array:
    """Return the means along an axis, 0 where there is nothing to average."""
    mean: Array = np.sum(array, axis=axis) / max(1, array.shape[axis])
    return mean


def _root_mean_square(array: Array) -> float:
    return norm([array]) / math.sqrt(max(1, array.size))
