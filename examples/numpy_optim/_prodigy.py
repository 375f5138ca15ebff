"""A rule that finds the size of its steps by itself, from all weights together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numpy_optim._arguments import boolean, fields, integer, optional_real, pair, real, say
from numpy_optim._optimizer import Array, Gradients, Moment, Optimizer, Part, Weights, _pack, _unpack, ratio
from numpy_optim._scheduler import Scheduler, State


@dataclass(frozen=True)
class Numbers:
    """What an optimizer knows as a whole: its steps, d, the largest estimate of d, and its numerator."""

    k: int
    d: float
    largest: float
    r: float

    def save(self) -> dict[str, Any]:
        return {"k": self.k, "floats": _pack(np.array([self.d, self.largest, self.r]))}


class Prodigy(Optimizer):
    """Adam whose step size grows with the distance that the weights have gone and still have to go."""

    _slot_names = ("m", "v", "s", "start")
    _sizes = frozenset({"v"})
    _coupled = False

    def __init__(
        self,
        lr: float | Scheduler = 1.0,
        betas: Iterable[float] = (0.9, 0.999),
        beta3: float | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        d0: float = 1e-6,
        d_coef: float = 1.0,
        growth_rate: float | None = None,
        bias_correction: bool = False,
        safeguard_warmup: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = pair(self, "betas", betas, "[0, 1)", "[0, 1)")
        self.beta3 = optional_real(self, "beta3", beta3, "[0, 1)")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.d0 = real(self, "d0", d0, "(0, inf)")
        self.d_coef = real(self, "d_coef", d_coef, "(0, inf)")
        self.growth_rate = optional_real(self, "growth_rate", growth_rate, "[1, inf)")
        self.bias_correction = boolean(self, "bias_correction", bias_correction)
        self.safeguard_warmup = boolean(self, "safeguard_warmup", safeguard_warmup)
        self._numbers = self._next = Numbers(0, self.d0, self.d0, 0.0)

    def add_param_group(self, states: Weights, lr: float | None = None, weight_decay: float | None = None) -> None:
        """Make the weights a group, which has the rate of all others."""
        if lr is not None:
            raise TypeError(say(self, "lr cannot be given to a group: all groups have one rate"))
        super().add_param_group(states, weight_decay=weight_decay)

    def step(self, grads: Gradients) -> None:
        """Do what every optimizer does, at one rate for all weights."""
        rates = self._schedule.get_last_lr()[: len(self._decays)]
        if len(set(rates)) > 1:
            raise ValueError(say(self, f"all groups must have one rate, got {rates}"))
        self._next = self._numbers
        super().step(grads)
        self._numbers = self._next

    def _directions(self, parts: list[Part], /) -> list[Array]:
        now, k, (beta1, beta2) = self._numbers, self._numbers.k + 1, self.betas
        beta3 = math.sqrt(beta2) if self.beta3 is None else self.beta3
        correction = math.sqrt(1 - beta2**k) / (1 - beta1**k) if self.bias_correction else 1.0
        rate = correction * (parts[0][2].rate if parts else 0.0)
        share = now.d / self.d0 * now.d * (1.0 if self.safeguard_warmup else rate)
        size = way = 0.0
        sums = []
        for g, slots, at in parts:
            if at.k == 1:
                slots["start"] = at.theta.copy()
            sums.append(beta3 * slots["s"] + share * g)
            size += float(np.sum(np.abs(sums[-1]), dtype=np.float64))
            way += float(np.sum(g * (slots["start"] - at.theta), dtype=np.float64))
        if rate == 0 or size == 0:
            return [np.zeros_like(g) for g, _, _ in parts]
        r = beta3 * now.r + now.d / self.d0 * now.d * rate * way
        largest = max(now.largest, self.d_coef * r / size)
        bound = math.inf if self.growth_rate is None or now.d == self.d0 else self.growth_rate * now.d
        self._next = Numbers(k, min(largest, bound), largest, r)
        for (_, slots, _), s in zip(parts, sums, strict=True):
            slots["s"] = s
        return [now.d * correction * self._direction(*part) for part in parts]

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        (beta1, beta2), scaled = self.betas, self._numbers.d * g
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * scaled
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * scaled * scaled
        return ratio(slots["m"], np.sqrt(slots["v"]) + self._next.d * self.eps) + at.decay * at.theta

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"numbers": self._numbers.save()}

    def load_state_dict(self, state: State) -> None:
        kind, lr, groups, weights, saved = fields(self, state, "kind", "lr", "groups", "weights", "numbers")
        k, floats = fields(self, saved, "k", "floats")
        d, largest, r = map(float, _unpack(floats, np.empty(3)))
        numbers = Numbers(integer(self, "k", k, 0), d, largest, r)
        super().load_state_dict({"kind": kind, "lr": lr, "groups": groups, "weights": weights})
        self._numbers = numbers
