"""Rules that people train with beside those of `_adams` and `_extended`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from numpy_optim._arguments import optional_integer, pair, real, triple
from numpy_optim._optimizer import Array, Moment, Optimizer, ratio
from numpy_optim._scheduler import Scheduler


class Adan(Optimizer):
    """Nesterov momentum by the difference of two gradients."""

    _slot_names = ("m", "v", "n", "g")
    _sizes = frozenset({"n"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = triple(self, "betas", betas, "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        beta1, beta2, beta3 = self.betas
        change = g - slots["g"] if at.k > 1 else np.zeros_like(g)
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * change
        slots["n"] = beta3 * slots["n"] + (1 - beta3) * (g + beta2 * change) ** 2
        slots["g"] = g.copy()
        m_hat, v_hat, n_hat = (slots[name] / (1 - beta**at.k) for name, beta in zip("mvn", self.betas, strict=True))
        return ratio(m_hat + beta2 * v_hat, np.sqrt(n_hat) + self.eps)

    def _move(self, direction: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        return super()._move(direction, slots, at) / (1 + at.rate * at.decay)


class AdEMAMix(Optimizer):
    """AdamW with a second, slow momentum added to the first."""

    _slot_names = ("m1", "m2", "v")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999, 0.9999),
        alpha: float = 5.0,
        alpha_warmup: int | None = None,
        beta3_warmup: int | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = triple(self, "betas", betas, "[0, 1)")
        self.alpha = real(self, "alpha", alpha, "[0, inf)")
        self.alpha_warmup = optional_integer(self, "alpha_warmup", alpha_warmup, 1)
        self.beta3_warmup = optional_integer(self, "beta3_warmup", beta3_warmup, 1)
        self.eps = real(self, "eps", eps, "[0, inf)")

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        (beta1, beta2, _), beta3 = self.betas, self._slow_beta(at.k)
        alpha = self.alpha * min(at.k / (self.alpha_warmup or 1), 1)
        slots["m1"] = beta1 * slots["m1"] + (1 - beta1) * g
        slots["m2"] = beta3 * slots["m2"] + (1 - beta3) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m1_hat, v_hat = slots["m1"] / (1 - beta1**at.k), slots["v"] / (1 - beta2**at.k)
        return ratio(m1_hat + alpha * slots["m2"], np.sqrt(v_hat) + self.eps) + at.decay * at.theta

    def _slow_beta(self, k: int) -> float:
        """Return β₃, or in its warm-up the β between β₁ and β₃ that remembers for as long as it should by now."""
        beta1, _, beta3 = self.betas
        if self.beta3_warmup is None or k >= self.beta3_warmup:
            return beta3
        done = k / self.beta3_warmup
        first, last = (1 / math.log(beta) if beta else 0.0 for beta in (beta1, beta3))
        memory = (1 - done) * first + done * last
        return math.exp(1 / memory) if memory else 0.0


class CautiousAdamW(Optimizer):
    """AdamW that leaves out the elements whose step would go against the gradient."""

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
        u = ratio(m_hat, np.sqrt(v_hat) + self.eps)
        agrees = np.sign(u) * np.sign(g) > 0
        share = np.count_nonzero(agrees) / max(1, agrees.size)
        return u * agrees / max(share, 1e-3) + at.decay * at.theta


class ADOPT(Optimizer):
    """A momentum of gradients that are divided by the root mean square of those before."""

    _slot_names = ("m", "v")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.9999),
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
        if at.k == 1:
            slots["v"] = g * g
            return np.zeros_like(g)
        bound = (at.k - 1) ** 0.25
        quotient = np.clip(ratio(g, np.maximum(np.sqrt(slots["v"]), self.eps)), -bound, bound)
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * quotient
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        return slots["m"] + at.decay * at.theta
