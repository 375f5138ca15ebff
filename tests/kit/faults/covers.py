"""SM3, wrong in what its accumulators gather, in how it reads them, and in its momentum."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax.numpy as jnp
from optimspec import SM3

from .fault import defaulting, ignoring, rule, shell
from .optimizers import slots_dropped_by_a_load


def sm3(
    cover: Callable[..., Any] = jnp.minimum,
    gather: Callable[..., Any] = lambda covered, g: covered + g**2,
    gathered: Callable[..., Any] = jnp.max,
    remember: Callable[..., Any] = lambda before, v, g, most: most(v),
    scaled: Callable[..., Any] = lambda g, v, eps: jnp.where(v > 0, g / jnp.sqrt(v + eps), 0),
    average: Callable[..., Any] = lambda m, scaled, mu: mu * m + (1 - mu) * scaled,
    step: Callable[..., Any] = lambda m, scaled, mu: m,
) -> Callable[..., Any]:
    """SM3 that reads its accumulators in another way, gathers or remembers something else, or makes another step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, eps: Any) -> Any:
        axes = range(max(g.ndim, 1))
        others = {i: tuple(axis for axis in axes if axis != i) for i in axes}
        v = gather(reduce(cover, (jnp.expand_dims(slots[f"axis{i}"], others[i]) for i in axes)), g)
        new = {
            f"axis{i}": remember(slots[f"axis{i}"], v, g, lambda x, i=i: gathered(x, others[i], initial=0))
            for i in axes
        }
        divided = scaled(g.reshape(v.shape), v, eps).reshape(g.shape)
        m = average(slots["m"], divided, momentum)
        return p - lr * step(m, divided, momentum), {"m": m, **new}

    return apply


def largest_gradient_added(before: Any, v: Any, g: Any, most: Callable[..., Any]) -> Any:
    """SM3-I: an accumulator grows by the largest g² of its slice."""
    return before + most(g.reshape(v.shape) ** 2)


def rate_inside_the_momentum(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    new_slots = SM3.apply(g, slots, p, lr, k, **hyper | {"momentum": 0.0})[1]
    m = hyper["momentum"] * slots["m"] + (1 - hyper["momentum"]) * lr * new_slots["m"]
    return p - m, new_slots | {"m": m}


def momentum_of_raw_gradients(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, eps: Any) -> Any:
    """As upstream documents it."""
    averaged = momentum * slots["m"] + (1 - momentum) * g
    new_slots = SM3.apply(g, slots, p, lr, k, 0.0, eps)[1]
    divided = jnp.where(g == 0, 0, new_slots["m"] / jnp.where(g == 0, 1, g))
    return p - lr * averaged * divided, new_slots | {"m": averaged}


def nothing_for_a_scalar(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    stepped, new_slots = SM3.apply(g, slots, p, lr, k, **hyper)
    return (stepped, new_slots) if g.ndim else (p, slots)


def scalar_forgotten(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """No axis, and so no accumulator."""
    stepped, new_slots = SM3.apply(g, slots, p, lr, k, **hyper)
    return stepped, new_slots if g.ndim else new_slots | {"axis0": slots["axis0"]}


def no_slots_for_a_scalar(p: Any, **hyper: Any) -> Any:
    if not p.ndim:
        raise IndexError("tuple index out of range")
    return SM3.init_slots(p, **hyper)


def eps_outside(g: Any, v: Any, eps: Any) -> Any:
    return jnp.where(v > 0, g / (jnp.sqrt(v) + eps), 0)


FAULTS = [
    rule(SM3, "largest accumulator", "SMTHREE-1", sm3(jnp.maximum)),
    rule(SM3, "first axis alone", "SMTHREE-1", sm3(lambda first, other: first + 0 * other)),
    rule(SM3, "last axis alone", "SMTHREE-1", sm3(lambda other, last: last + 0 * other)),
    rule(SM3, "SM3-I", "SMTHREE-1", sm3(remember=largest_gradient_added)),
    rule(SM3, "largest square instead of a sum", "SMTHREE-1", sm3(gather=lambda v, g: jnp.maximum(v, g**2))),
    rule(SM3, "sum of a slice", "SMTHREE-1", sm3(gathered=lambda v, axes, initial: jnp.sum(v, axes))),
    rule(SM3, "least of a slice", "SMTHREE-1", sm3(gathered=lambda v, axes, initial: jnp.min(v, axes, initial=9e9))),
    rule(SM3, "nothing for a scalar", "SMTHREE-2", nothing_for_a_scalar),
    rule(SM3, "a scalar not accumulated", "SMTHREE-2", scalar_forgotten),
    shell(SM3, "a scalar refused", "SMTHREE-2", init_slots=staticmethod(no_slots_for_a_scalar)),
    rule(SM3, "epsilon outside the root", "SMTHREE-3", sm3(scaled=eps_outside)),
    rule(SM3, "divided by zero", "SMTHREE-3", sm3(scaled=lambda g, v, eps: g / jnp.sqrt(v + eps))),
    rule(SM3, "root forgotten", "SMTHREE-3", sm3(scaled=lambda g, v, eps: jnp.where(v > 0, g / (v + eps), 0))),
    ignoring(SM3, "epsilon ignored", "SMTHREE-3", eps=0.0),
    ignoring(SM3, "momentum ignored", "SMTHREE-4", momentum=0.0),
    rule(SM3, "momentum twice", "SMTHREE-4", sm3(step=lambda m, scaled, mu: mu * m + (1 - mu) * scaled)),
    rule(SM3, "momentum not averaged", "SMTHREE-4", sm3(average=lambda m, scaled, mu: mu * m + scaled)),
    rule(SM3, "momentum of raw gradients", "SMTHREE-4", momentum_of_raw_gradients),
    rule(SM3, "rate inside the momentum", "SMTHREE-4", rate_inside_the_momentum),
    defaulting(SM3, "rate of 0.1", "SMTHREE-5", lr=0.1),
    defaulting(SM3, "no momentum by default", "SMTHREE-5", momentum=0.0),
    defaulting(SM3, "epsilon of 1e-30", "SMTHREE-5", eps=1e-30),
    defaulting(SM3, "clipped by default", "SMTHREE-5", grad_clip_norm=1.0),
    shell(SM3, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]
