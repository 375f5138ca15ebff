"""The rules without Adam's two moments."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from numpy_optim._arguments import boolean, pair, real, say
from numpy_optim._optimizer import Array, Moment, Optimizer, ratio
from numpy_optim._scheduler import Scheduler


class SGD(Optimizer):
    """Stochastic gradient descent, with classical or Nesterov momentum."""

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.nesterov = boolean(self, "nesterov", nesterov)
        self._slot_names = ("v",) if self.momentum else ()

    def _direction(self, g: Array, slots: dict[str, Array], _at: Moment, /) -> Array:
        if not self.momentum:
            return g
        slots["v"] = self.momentum * slots["v"] + g
        return g + self.momentum * slots["v"] if self.nesterov else slots["v"]


class Momentum(SGD):
    """SGD with classical momentum by default."""

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, momentum, weight_decay, False, grad_clip_norm, grad_clip_value)


class MomentumNesterov(SGD):
    """SGD with Nesterov momentum."""

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, momentum, weight_decay, True, grad_clip_norm, grad_clip_value)


class RMSprop(Optimizer):
    """The gradient over a running root mean square of itself, centred or not, with momentum or without."""

    _sizes = frozenset({"mean_square"})

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.alpha = real(self, "alpha", alpha, "[0, 1]")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.centered = boolean(self, "centered", centered)
        self._slot_names = ("mean_square", *["mean"] * self.centered, *["buffer"] * bool(self.momentum))

    def _direction(self, g: Array, slots: dict[str, Array], _at: Moment, /) -> Array:
        slots["mean_square"] = variance = self.alpha * slots["mean_square"] + (1 - self.alpha) * g * g
        if self.centered:
            slots["mean"] = self.alpha * slots["mean"] + (1 - self.alpha) * g
            variance = np.maximum(variance - slots["mean"] ** 2, 0)  # never negative but for rounding
        direction = ratio(g, np.sqrt(variance + self.eps))
        if self.momentum:
            slots["buffer"] = direction = self.momentum * slots["buffer"] + direction
        return direction


class Adagrad(Optimizer):
    """The gradient over the root of the sum of its squares so far."""

    _slot_names = ("sum",)
    _sizes = frozenset({"sum"})

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.lr_decay = real(self, "lr_decay", lr_decay, "[0, inf)")
        self.initial_accumulator_value = real(self, "initial_accumulator_value", initial_accumulator_value, "[0, inf)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _start(self, _name: str, /) -> float:
        return self.initial_accumulator_value

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        slots["sum"] = slots["sum"] + g * g
        return ratio(g, np.sqrt(slots["sum"] + self.eps)) / (1 + (at.k - 1) * self.lr_decay)


class Adadelta(Optimizer):
    """The gradient in the units of the weights: times the mean size of the updates, over that of the gradients."""

    _slot_names = ("mean_square", "mean_square_update")
    _sizes = frozenset(_slot_names)

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.rho = real(self, "rho", rho, "[0, 1]")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], _at: Moment, /) -> Array:
        slots["mean_square"] = self.rho * slots["mean_square"] + (1 - self.rho) * g * g
        root = np.sqrt(slots["mean_square_update"] + self.eps)
        update = ratio(root * g, np.sqrt(slots["mean_square"] + self.eps))
        slots["mean_square_update"] = self.rho * slots["mean_square_update"] + (1 - self.rho) * update * update
        return update


class Lion(Optimizer):
    """The sign of a momentum."""

    _slot_names = ("m",)
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-4,
        betas: Iterable[float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        sign: Array = np.sign(beta1 * slots["m"] + (1 - beta1) * g)
        slots["m"] = beta2 * slots["m"] + (1 - beta2) * g
        return sign + at.decay * at.theta


class Rprop(Optimizer):
    """The sign of the gradient, with a step size for each element that grows while the sign stays."""

    _slot_names = ("sign", "size")  # the sign of the gradient, and the step size in units of the rate
    _sizes = frozenset({"size"})

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        etas: Iterable[float] = (0.5, 1.2),
        step_sizes: Iterable[float] = (1e-6, 50.0),
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, 0.0, grad_clip_norm, grad_clip_value)
        self.etas = pair(self, "etas", etas, "(0, 1)", "(1, inf)")
        self.step_sizes = low, high = pair(self, "step_sizes", step_sizes, "(0, inf)", "(0, inf)")
        if low > high:
            raise ValueError(say(self, f"step_sizes must not be a minimum above the maximum, got {self.step_sizes}"))

    def _start(self, name: str, /) -> float:
        return 1.0 if name == "size" else 0.0

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        sign, size, (down, up) = np.sign(g), slots["size"], self.etas
        kept = sign * slots["sign"]  # signs, since the product of two small gradients would vanish
        if at.rate:  # at rate 0 every step size is 0, and no limit makes it more
            largest = float(np.finfo(g.dtype).max)
            low, high = (min(limit / at.rate, largest) for limit in self.step_sizes)
            grown = np.minimum(up * size, np.maximum(size, high))
            shrunk = np.maximum(down * size, np.minimum(size, low))
            size = np.where(kept > 0, grown, np.where(kept < 0, shrunk, size))
        slots["size"], slots["sign"] = size, np.where(kept < 0, np.zeros_like(sign), sign)
        return size * slots["sign"]
