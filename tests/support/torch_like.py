"""A port that follows PyTorch on purpose: the numpy example, with PyTorch's formulas in nine classes.

It declares nothing by itself, so that tests can show what is said then.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy_optim
from numpy_optim._formulas import cosine, line
from numpy_optim._optimizer import ratio

CLASSES = (
    "CosineAnnealingLR",
    "LinearLR",
    "ConstantLR",
    "ReduceLROnPlateau",
    "Adam",
    "RMSprop",
    "Adagrad",
    "Adamax",
    "RAdam",
)


def __getattr__(name: str) -> Any:
    """Every other class is that of the example."""
    return getattr(numpy_optim, name)


class CosineAnnealingLR(numpy_optim.CosineAnnealingLR):
    """The cosine goes on after `T_max`."""

    def _rate(self, t: int, base: float, /) -> float:
        within = t % (2 * self.T_max)
        return cosine(base, self.eta_min, Fraction(min(within, 2 * self.T_max - within), self.T_max))


class LinearLR(numpy_optim.LinearLR):
    """Without a length, the start factor stays."""

    def _rate(self, t: int, base: float, /) -> float:
        done = Fraction(min(t, self.total_iters), self.total_iters) if self.total_iters else Fraction(0)
        return base * line(self.start_factor, self.end_factor, done)


class ConstantLR(numpy_optim.ConstantLR):
    """Without a length, the factor stays."""

    def _rate(self, t: int, base: float, /) -> float:
        return base * self.factor if t < self.total_iters or not self.total_iters else base


class ReduceLROnPlateau(numpy_optim.ReduceLROnPlateau):
    """The relative threshold has the sign of the best."""

    def _improves(self, metric: float) -> bool:
        if self._best is None or self.threshold_mode == "abs":
            return super()._improves(metric)
        if self.mode == "min":
            return metric < self._best * (1 - self.threshold)
        return metric > self._best * (1 + self.threshold)


class Adam(numpy_optim.Adam):
    """Amsgrad keeps the largest uncorrected second moment."""

    def _direction(self, g: Any, slots: Any, at: Any, /) -> Any:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = v = beta2 * slots["v"] + (1 - beta2) * g * g
        if self.amsgrad:
            slots["v_max"] = v = np.maximum(slots["v_max"], v)
        return ratio(slots["m"] / (1 - beta1**at.k), np.sqrt(v / (1 - beta2**at.k)) + self.eps)


class RMSprop(numpy_optim.RMSprop):
    """Epsilon outside the root."""

    def _direction(self, g: Any, slots: Any, _at: Any, /) -> Any:
        slots["mean_square"] = variance = self.alpha * slots["mean_square"] + (1 - self.alpha) * g * g
        if self.centered:
            slots["mean"] = self.alpha * slots["mean"] + (1 - self.alpha) * g
            variance = np.maximum(variance - slots["mean"] ** 2, 0)
        direction = ratio(g, np.sqrt(variance) + self.eps)
        if self.momentum:
            slots["buffer"] = direction = self.momentum * slots["buffer"] + direction
        return direction


class Adagrad(numpy_optim.Adagrad):
    """Epsilon outside the root."""

    def _direction(self, g: Any, slots: Any, at: Any, /) -> Any:
        slots["sum"] = slots["sum"] + g * g
        return ratio(g, np.sqrt(slots["sum"]) + self.eps) / (1 + (at.k - 1) * self.lr_decay)


class Adamax(numpy_optim.Adamax):
    """Epsilon inside the maximum."""

    def _direction(self, g: Any, slots: Any, at: Any, /) -> Any:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["u"] = np.maximum(beta2 * slots["u"], np.abs(g) + self.eps)
        return ratio(slots["m"] / (1 - beta1**at.k), slots["u"])


class RAdam(numpy_optim.RAdam):
    """Epsilon added to the uncorrected root."""

    def _direction(self, g: Any, slots: Any, at: Any, /) -> Any:
        eps, self.eps = self.eps, 0.0
        try:
            whole = super()._direction(g, slots, at)  # r·m̂/√v̂, or m̂ while it is not rectified
        finally:
            self.eps = eps
        end = 2 / (1 - self.betas[1]) - 1
        rest = -math.expm1(at.k * math.log(self.betas[1])) if self.betas[1] else 1.0
        if at.k <= 5 or end - 2 * at.k * self.betas[1] ** at.k / rest <= 5:
            return whole
        root = np.sqrt(slots["v"])
        return whole * ratio(root, root + self.eps)
