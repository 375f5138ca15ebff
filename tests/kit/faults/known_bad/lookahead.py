"""Lookahead that is wrong in what it takes from its base optimizer, and in what a pull does to it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import jax.numpy as jnp
from optimspec import SGD, Lookahead, Optimizer

from .broken_class import BrokenClass, with_members


def of_the_base(named: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("base_"): value for name, value in named.items() if name.startswith("base_")}


def with_pulls(
    name: str,
    requirement: str,
    *,
    base_k: Callable[..., Any] = lambda k, n: k,
    at_rate_zero: bool = False,
    kept: Callable[..., Any] = lambda slot, pulled: slot,
) -> BrokenClass:
    """Lookahead with another count of its base, or another fate of the base's slots, or that pulls at a rate of 0."""

    def apply(
        g: Any, slots: Any, p: Any, lr: Any, k: Any, base: Any, sync_period: Any, alpha: Any, **hyper: Any
    ) -> Any:
        decay = {name: value for name, value in hyper.items() if name == "weight_decay"}
        fast, new = base.apply(g, of_the_base(slots), p, lr, base_k(k, sync_period), **of_the_base(hyper), **decay)
        slow = jnp.where(k == 1, p, slots["slow"])
        pulled = (k % sync_period == 0) & (at_rate_zero | (lr > 0))
        new_slow = jnp.where(pulled, slow + alpha * (fast - slow), slow)
        slots = {f"base_{name}": kept(slot, pulled) for name, slot in new.items()}
        return jnp.where(pulled, new_slow, fast), slots | {"slow": new_slow}

    return with_members(Lookahead, name, requirement, apply=staticmethod(apply))


def around_another(name: str, requirement: str, exchanged: Callable[[Any], Any]) -> BrokenClass:
    """Lookahead that is built around something else than what it was given."""

    def init(self: Any, base_optimizer: Any, **named: Any) -> None:
        known = isinstance(base_optimizer, Optimizer)
        Lookahead.__init__(self, exchanged(base_optimizer) if known else base_optimizer, **named)

    return with_members(Lookahead, name, requirement, __init__=init)


def with_the_defaults_of_its_class(base: Any) -> Any:
    """Only what all optimizers take is that of the base optimizer."""
    inner = {"base_optimizer": SGD()} if isinstance(base, Lookahead) else {}
    return type(base)(**inner, **base.common_arguments())


def as_if_given(**common: Any) -> Callable[[Any], Any]:
    """The base optimizer, as if these were its arguments."""

    def exchanged(base: Any) -> Any:
        changed, arguments = copy(base), base.common_arguments() | common
        changed.common_arguments = lambda: arguments
        return changed

    return exchanged


def without(argument: str) -> Callable[..., None]:
    """Takes this argument and ignores it."""

    def init(self: Any, base_optimizer: Any, **named: Any) -> None:
        named.pop(argument, None)
        Lookahead.__init__(self, base_optimizer, **named)

    return init


def zero_taken_for_none(self: Any, base_optimizer: Any, **named: Any) -> None:
    common: dict[str, Any] = {name: named.pop(name, None) or None for name in ("lr", "weight_decay")}
    Lookahead.__init__(self, base_optimizer, **common, **named)


def decay_always_coupled(self: Any, base_optimizer: Any, **named: Any) -> None:
    Lookahead.__init__(self, base_optimizer, **named)
    if not self.coupled:
        self.coupled = True
        self.hyper["base_weight_decay"] = 0.0


BROKEN = [
    with_pulls("slots reset by a pull", "LOOK-2", kept=lambda slot, pulled: jnp.where(pulled, 0, slot)),
    with_pulls("base counts anew after a pull", "LOOK-2", base_k=lambda k, n: (k - 1) % n + 1),
    with_pulls("base does not count", "LOOK-2", base_k=lambda k, n: 1),
    around_another("base hyperparameters ignored", "LOOK-2", with_the_defaults_of_its_class),
    around_another("SGD whatever the base", "LOOK-2", lambda base: SGD(**base.common_arguments())),
    with_members(Lookahead, "decay always coupled", "LOOK-2", __init__=decay_always_coupled),
    with_pulls("pulled at rate 0", "LOOK-3", at_rate_zero=True),
    around_another("rate of the base ignored", "LOOK-4", as_if_given(lr=1e-3)),
    around_another("decay of the base ignored", "LOOK-4", as_if_given(weight_decay=0.0)),
    around_another("norm of the base ignored", "LOOK-4", as_if_given(grad_clip_norm=None)),
    around_another("value of the base ignored", "LOOK-4", as_if_given(grad_clip_value=None)),
    with_members(Lookahead, "base rate although lr is given", "LOOK-4", __init__=without("lr")),
    with_members(Lookahead, "base decay although one is given", "LOOK-4", __init__=without("weight_decay")),
    with_members(Lookahead, "base norm although one is given", "LOOK-4", __init__=without("grad_clip_norm")),
    with_members(Lookahead, "base value although one is given", "LOOK-4", __init__=without("grad_clip_value")),
    with_members(Lookahead, "zero taken for none", "LOOK-4", __init__=zero_taken_for_none),
]
