"""Adam and the rules that came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from numpy_optim._arguments import boolean, pair, real
from numpy_optim._optimizer import Array, Moment, Optimizer, ratio
from numpy_optim._scheduler import Scheduler


class Adam(Optimizer):
    """The first moment of the gradient over the root of the second, both corrected for starting at zero."""

    _sizes = frozenset({"v", "v_max"})

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.amsgrad = boolean(self, "amsgrad", amsgrad)
        self._slot_names = ("m", "v", "v_max") if self.amsgrad else ("m", "v")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m_hat, v_hat = slots["m"] / (1 - beta1**at.k), slots["v"] / (1 - beta2**at.k)
        if self.amsgrad:
            v_hat = slots["v_max"] = np.maximum(slots["v_max"], v_hat)
        return ratio(m_hat, np.sqrt(v_hat) + self.eps)


class AdamW(Optimizer):
    """Adam whose weight decay does not go through the moments."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
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
        return ratio(m_hat, np.sqrt(v_hat) + self.eps) + at.decay * at.theta


class Adamax(Optimizer):
    """Adam with the largest gradient in place of the root mean square."""

    _slot_names = ("m", "u")
    _sizes = frozenset({"u"})

    def __init__(
        self,
        lr: float | Scheduler = 2e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
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
        slots["u"] = np.maximum(beta2 * slots["u"], np.abs(g))
        return ratio(slots["m"] / (1 - beta1**at.k), slots["u"] + self.eps)


class Nadam(Optimizer):
    """Adam with Nesterov momentum, whose momentum grows."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})

    def __init__(
        self,
        lr: float | Scheduler = 2e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 0.004,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.momentum_decay = real(self, "momentum_decay", momentum_decay, "[0, inf)")
        self._products = [1.0]  # P_0, P_1 and so on, as far as they have been needed

    def _mu(self, k: int) -> float:
        return self.betas[0] * (1 - 0.5 * math.pow(0.96, k * self.momentum_decay))

    def _product(self, k: int) -> float:
        while len(self._products) <= k and self._products[-1] > 1e-20:  # 1 - P is 1 from there on
            self._products.append(self._products[-1] * self._mu(len(self._products)))
        return self._products[min(k, len(self._products) - 1)]

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        mu, next_mu, product = self._mu(at.k), self._mu(at.k + 1), self._product(at.k)
        ahead = (1 - mu) / (1 - product) * g + next_mu / (1 - product * next_mu) * slots["m"]
        return ratio(ahead, np.sqrt(slots["v"] / (1 - beta2**at.k)) + self.eps)


class RAdam(Optimizer):
    """Adam that waits until its second moment can be trusted."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})

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

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m_hat, v_hat = slots["m"] / (1 - beta1**at.k), slots["v"] / (1 - beta2**at.k)
        end = 2 / (1 - beta2) - 1
        rest = -math.expm1(at.k * math.log(beta2)) if beta2 else 1.0  # 1 - beta2**k, whose error `end` magnifies
        rho = end - 2 * at.k * beta2**at.k / rest
        if at.k <= 5 or rho <= 5:  # rho is below k, if only by less than a rounding
            return m_hat
        r = math.sqrt((rho - 4) * (rho - 2) * end / ((end - 4) * (end - 2) * rho))
        return ratio(r * m_hat, np.sqrt(v_hat) + self.eps)
