"""Lookahead: an optimizer whose weights are pulled back, every few steps, towards slower ones."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..base.math_functions import Real
from ..base.optimizer import Optimizer
from ..base.scheduler import Scheduler
from ..base.update import Slots
from ..base.validation import integer, real


class Lookahead(Optimizer):
    """θ takes the steps of the base optimizer; at every n-th, θ and φ ← φ + α·(θ − φ).  Initially φ is θ

    base_optimizer   an optimizer of this package: its rule and hyperparameters, and the defaults of the arguments below
    sync_period      n, an integer >= 1; default 5
    alpha            α in [0, 1]; default 0.5
    lr               η, a rate >= 0 or a scheduler; default None, the base optimizer's
    weight_decay     λ, >= 0, coupled or not as in the base optimizer; default None, the base optimizer's
    grad_clip_norm   bound on the Euclidean norm of all gradients, > 0; default None, the base optimizer's
    grad_clip_value  bound on every element of a gradient, > 0; default None, the base optimizer's

    Slots: φ (slow), of the weight's shape, and those of the base optimizer. The base optimizer itself is not changed.
    Raises TypeError for an argument of the wrong type, ValueError for one outside its domain.

    Source: Zhang et al., Lookahead Optimizer: k steps forward, 1 step back (2019), algorithm 1.
    """

    @staticmethod
    def init_slots(p: Array, base: type[Optimizer], **hyper: Any) -> Slots:
        return {"slow": jnp.zeros_like(p), **_prefixed(base.init_slots(p, **_of_the_base(hyper)))}

    @staticmethod
    def apply(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Real,
        k: Real,
        base: type[Optimizer],
        sync_period: Real,
        alpha: Real,
        **hyper: Any,
    ) -> tuple[Array, Slots]:
        slow = jnp.where(k == 1, p, slots["slow"])
        fast, base_slots = base.apply(g, _of_the_base(slots), p, lr, k, **_of_the_base(hyper))
        synchronized = (k % sync_period == 0) & (lr > 0)
        pulled = slow + alpha * (fast - slow)
        new_slots = {"slow": jnp.where(synchronized, pulled, slow), **_prefixed(base_slots)}
        return jnp.where(synchronized, pulled, fast), new_slots

    def __init__(
        self,
        base_optimizer: Optimizer,
        sync_period: int = 5,
        alpha: float = 0.5,
        lr: float | Scheduler | None = None,
        weight_decay: float | None = None,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        if not isinstance(base_optimizer, Optimizer):
            raise TypeError(f"Lookahead: base_optimizer must be an optimizer, got {base_optimizer!r} [LOOK-6]")
        if base_optimizer.whole:
            raise TypeError(f"Lookahead: base_optimizer must step each weight by itself, got {base_optimizer!r}")
        given = {
            "lr": lr,
            "weight_decay": weight_decay,
            "grad_clip_norm": grad_clip_norm,
            "grad_clip_value": grad_clip_value,
        }
        self.coupled, self.joint = base_optimizer.coupled, base_optimizer.joint
        self.moves_at_rate_zero = base_optimizer.moves_at_rate_zero
        self._base = base_optimizer
        super().__init__(
            **base_optimizer.common_arguments() | {name: value for name, value in given.items() if value is not None},
            base=type(base_optimizer),
            sync_period=integer(self, "sync_period", sync_period, 1, "OPT-28"),
            alpha=real(self, "alpha", alpha, "[0, 1]", "OPT-28"),
            **_prefixed(base_optimizer.hyper),
        )

    def check_array(self, key: Hashable, array: Array) -> None:
        self._base.check_array(key, array)


def _prefixed(named: dict[str, Any]) -> dict[str, Any]:
    return {f"base_{name}": value for name, value in named.items()}


def _of_the_base(named: dict[str, Any]) -> dict[str, Any]:
    """The entries with the prefix, which is removed, and the weight decay if it is there."""
    return {
        name.removeprefix("base_"): value
        for name, value in named.items()
        if name.startswith("base_") or name == "weight_decay"
    }
