"""Prodigy: Adam that finds its own step size, by the distance that the weights have to go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer, Weight
from ..base.param_state import State
from ..base.scheduler import Scheduler
from ..base.update import Slots, compute_dtype
from ..base.validation import NON_NEGATIVE, POSITIVE, boolean, optional, pair, real

Numbers: TypeAlias = dict[str, Any]  # of the optimizer as a whole


class Prodigy(Optimizer):
    """θ ← θ − ρ·(m/(√v + d·ε) + λ·θ), ρ = d·η, with averages m (β₁) of d·g and v (β₂) of d²·g²

    d grows to the largest d_coef·r/‖s‖₁ so far, with averages (β₃) r of (d/d₀)·ρ·⟨g, θ₀ − θ⟩ and s of (d/d₀)·ρ·g over
    all weights of the step. The new d multiplies ε, the old one everything else.

    lr                η, a rate >= 0 or a scheduler, the same for all groups; default 1
    betas             β₁ and β₂, each in [0, 1); default (0.9, 0.999)
    beta3             β₃ in [0, 1); default None, √β₂
    eps               ε, >= 0; default 1e-8
    weight_decay      λ, >= 0, decoupled; default 0
    d0                d₀, > 0, in the units of the weights: d before the first step; default 1e-6
    d_coef            factor on the estimates of d, > 0; default 1
    growth_rate       bound on d over the d before, >= 1, once d has left d₀; default None, no bound
    bias_correction   whether ρ is multiplied by √(1 − β₂^k)/(1 − β₁^k); default False
    safeguard_warmup  whether s is an average of (d/d₀)·d·g instead; default False
    grad_clip_norm    bound on the Euclidean norm of all gradients, > 0; default None
    grad_clip_value   bound on every element of a gradient, > 0; default None

    Slots: m, v, s and the weight before its first step (start), all of the weight's shape. Numbers of the optimizer as
    a whole: its steps (k), d, the largest estimate (largest), r. A step at rate 0 or with ‖s‖₁ 0 changes start alone.

    Raises TypeError for an argument of the wrong type and for an ``lr`` of a group, ValueError for an argument outside
    its domain and for a step while groups have different rates.

    Source: Mishchenko and Defazio, Prodigy: An Expeditiously Adaptive Parameter-Free Learner (2023), algorithm 4.
    """

    coupled = False
    whole = True

    @staticmethod
    def init_slots(p: Array, **_: Any) -> Slots:
        return {name: jnp.zeros_like(p) for name in ("m", "v", "s", "start")}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        beta1: Real,
        beta2: Real,
        beta3: Real,
        eps: Real,
        weight_decay: Real,
        terms: StepTerms,
        **_: Any,
    ) -> tuple[Array, Slots]:
        d, next_d, rho, share, rests = terms
        m = beta1 * slots["m"] + (1 - beta1) * d * g
        v = beta2 * slots["v"] + (1 - beta2) * (d * g) ** 2
        stepped = p - rho * (m / (jnp.sqrt(v) + next_d * eps) + weight_decay * p)
        moved = {"m": m, "v": v, "s": beta3 * slots["s"] + share * g}
        kept = {name: jnp.where(rests, slots[name], slot) for name, slot in moved.items()}
        return jnp.where(rests, p, stepped), {**kept, "start": _start(slots, p, k)}

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
        beta1, beta2 = pair(self, "betas", betas, "[0, 1)", "PROD-16")
        beta3 = optional(real, self, "beta3", beta3, "[0, 1)", "OPT-28")
        growth_rate = optional(real, self, "growth_rate", growth_rate, "[1, inf)", "OPT-28")
        super().__init__(
            lr,
            weight_decay,
            grad_clip_norm,
            grad_clip_value,
            beta1=beta1,
            beta2=beta2,
            beta3=math.sqrt(beta2) if beta3 is None else beta3,
            eps=real(self, "eps", eps, NON_NEGATIVE, "OPT-28"),
            d0=real(self, "d0", d0, POSITIVE, "OPT-28"),
            d_coef=real(self, "d_coef", d_coef, POSITIVE, "OPT-28"),
            growth_rate=math.inf if growth_rate is None else growth_rate,
            bias_correction=boolean(self, "bias_correction", bias_correction, "OPT-27"),
            safeguard_warmup=boolean(self, "safeguard_warmup", safeguard_warmup, "OPT-27"),
        )
        self._numbers: Numbers = {"k": 0, "d": self.hyper["d0"], "largest": self.hyper["d0"], "r": 0.0}

    def add_param_group(
        self, states: Mapping[Any, State], lr: float | None = None, weight_decay: float | None = None
    ) -> None:
        """Add states as a new group, optionally with its own weight decay. TypeError for an ``lr``."""
        if lr is not None:
            raise TypeError(f"Prodigy: lr must be left out, since all groups have one rate, got {lr!r} [PROD-13]")
        super().add_param_group(states, weight_decay=weight_decay)

    def step(self, grads: Mapping[Any, Any]) -> None:
        """As in every optimizer; also ValueError while groups have different rates."""
        rates = self._scheduler.get_last_lr()[: len(self._decays)]
        if len(set(rates)) > 1:
            raise ValueError(f"Prodigy: all groups must have one rate, got {rates} [PROD-14]")
        self._next_numbers = self._numbers
        super().step(grads)
        self._numbers = {name: np.asarray(number).item() for name, number in self._next_numbers.items()}

    update = step

    def of_all_arrays(self, weights: list[Weight], gradients: list[Any], values: list[Any]) -> dict[str, Any]:
        arrays = [
            (g, slots, p, weight.k + 1)
            for weight, gradient, value in zip(weights, gradients, values, strict=True)
            for g, slots, p in zip(jax.tree.leaves(gradient), weight.slots, jax.tree.leaves(value), strict=True)
        ]
        self._next_numbers, terms = _estimated(self._numbers, self.current_lr, arrays, **self.hyper)
        return {"terms": terms}

    def state_dict(self, arrays: bool = False) -> dict[str, Any]:
        """As of every optimizer, and its numbers: in hexadecimal, since JSON has neither infinity nor nan."""
        numbers = {name: self._numbers[name].hex() for name in ("d", "largest", "r")}
        return {**super().state_dict(arrays), "numbers": {"k": self._numbers["k"], **numbers}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        saved = state["numbers"]
        numbers: Numbers = {"k": self._loaded_count(saved["k"])}
        numbers |= {name: float.fromhex(saved[name]) for name in ("d", "largest", "r")}
        super().load_state_dict(state)
        self._numbers = numbers


class StepTerms(NamedTuple):
    """What the arrays of a step share."""

    d: Real  # before the step
    next_d: Real
    rho: Real
    share: Real  # of a gradient in s
    rests: Real  # whether nothing moves


@partial(jax.jit, static_argnames=("bias_correction", "safeguard_warmup"))
def _estimated(
    numbers: Numbers,
    lr: Real,
    arrays: list[tuple[Array, Slots, Array, Real]],
    beta1: Real,
    beta2: Real,
    beta3: Real,
    eps: Real,
    d0: Real,
    d_coef: Real,
    growth_rate: Real,
    bias_correction: bool,
    safeguard_warmup: bool,
) -> tuple[Numbers, StepTerms]:
    """The numbers after a step, and what they make of it. An array comes as g, its slots, p and the k of its weight."""
    k, d = numbers["k"] + 1, numbers["d"]
    rho = d * lr * (jnp.sqrt(1 - beta2**k) / (1 - beta1**k) if bias_correction else 1)
    share = d / d0 * (d if safeguard_warmup else rho)
    size = way = jnp.zeros((), jnp.float64)  # in which no sum of float32 numbers overflows
    for g, slots, p, k_of_weight in arrays:
        g, p = g.astype(compute_dtype(p)), p.astype(compute_dtype(p))
        size += jnp.sum(jnp.abs(beta3 * slots["s"] + share * g), dtype=jnp.float64)
        way += jnp.sum(g.astype(jnp.float64) * (_start(slots, p, k_of_weight) - p))
    r = beta3 * numbers["r"] + d / d0 * rho * way
    largest = jnp.maximum(numbers["largest"], d_coef * r / size)
    next_d = jnp.where(d == d0, largest, jnp.minimum(largest, growth_rate * d))
    rests = jnp.logical_or(lr == 0, size == 0)
    after = {"k": k, "d": next_d, "largest": largest, "r": r}
    kept = {name: jnp.where(rests, numbers[name], number) for name, number in after.items()}
    return kept, StepTerms(d, kept["d"], rho, share, rests)


def _start(slots: Slots, p: Array, k: Real) -> Array:
    """θ₀ of a weight that takes its k-th step."""
    return jnp.where(k == 1, p, slots["start"])
