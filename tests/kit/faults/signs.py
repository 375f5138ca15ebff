"""Lion and Rprop, which move by signs, wrong in whose sign it is and in how far they move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import Lion, Rprop

from .fault import defaulting, ignoring, rule, shell
from .optimizers import slots_dropped_by_a_load

# ----------------------------------------------------------------------------------------------------------- Lion


def lion(
    direction: Callable[..., Any] = lambda m, g, beta1, beta2: jnp.sign(beta1 * m + (1 - beta1) * g),
    momentum: Callable[..., Any] = lambda m, g, beta1, beta2: beta2 * m + (1 - beta2) * g,
) -> Callable[..., Any]:
    """Lion in another direction, or with another momentum."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, weight_decay: Any) -> Any:
        m = slots["m"]
        step = direction(m, g, beta1, beta2) + weight_decay * p
        return p - lr * step, {"m": momentum(m, g, beta1, beta2)}

    return apply


def betas_swapped(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, weight_decay: Any) -> Any:
    return Lion.apply(g, slots, p, lr, k, beta1=beta2, beta2=beta1, weight_decay=weight_decay)


def momentum_updated_before_the_step(m: Any, g: Any, beta1: Any, beta2: Any) -> Any:
    m = beta2 * m + (1 - beta2) * g
    return jnp.sign(beta1 * m + (1 - beta1) * g)


def sign_of_the_new_momentum_alone(m: Any, g: Any, beta1: Any, beta2: Any) -> Any:
    return jnp.sign(beta2 * m + (1 - beta2) * g)


def sign_of_the_gradient_alone(m: Any, g: Any, beta1: Any, beta2: Any) -> Any:
    return jnp.sign(g)


def without_a_sign(m: Any, g: Any, beta1: Any, beta2: Any) -> Any:
    return beta1 * m + (1 - beta1) * g


def sign_of_zero_is_one(m: Any, g: Any, beta1: Any, beta2: Any) -> Any:
    return jnp.where(beta1 * m + (1 - beta1) * g < 0, -1.0, 1.0).astype(g.dtype)


def decay_through_the_momentum(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return Lion.apply(g + weight_decay * p, slots, p, lr, k, **hyper, weight_decay=0.0)


def decay_not_scaled(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    stepped, new_slots = Lion.apply(g, slots, p, lr, k, **hyper, weight_decay=0.0)
    return jnp.where(lr > 0, stepped - weight_decay * p, p), new_slots


FAULTS = [
    rule(Lion, "betas swapped", "LION-1", betas_swapped),
    rule(Lion, "momentum updated before the step", "LION-1", lion(momentum_updated_before_the_step)),
    rule(Lion, "sign of the new momentum alone", "LION-1", lion(sign_of_the_new_momentum_alone)),
    rule(Lion, "sign of the gradient alone", "LION-1", lion(sign_of_the_gradient_alone)),
    rule(Lion, "no sign", "LION-1", lion(without_a_sign)),
    rule(Lion, "sign of zero is one", "LION-1", lion(sign_of_zero_is_one)),
    rule(Lion, "momentum of the step", "LION-2", lion(momentum=lambda m, g, beta1, beta2: beta1 * m + (1 - beta1) * g)),
    rule(Lion, "momentum not averaged", "LION-2", lion(momentum=lambda m, g, beta1, beta2: beta2 * m + g)),
    rule(Lion, "momentum of signs", "LION-2", lion(momentum=lambda m, g, b1, b2: b2 * m + (1 - b2) * jnp.sign(g))),
    rule(Lion, "decay through the momentum", "LION-3", decay_through_the_momentum),
    rule(Lion, "decay not scaled", "LION-3", decay_not_scaled),
    ignoring(Lion, "decay ignored", "LION-3", weight_decay=0.0),
    defaulting(Lion, "betas of Adam", "LION-4", betas=(0.9, 0.999)),
    defaulting(Lion, "clipped by default", "LION-4", grad_clip_value=1.0),
    defaulting(Lion, "clipped by norm by default", "LION-4", grad_clip_norm=1.0),
    shell(Lion, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]


# ---------------------------------------------------------------------------------------------------------- Rprop


def ends(turn: Any, before: Any, size: Any, low: Any, high: Any) -> Any:
    """The limits of the specification: growing ends at the higher one, shrinking at the lower one."""
    shrunk = jnp.maximum(size, jnp.minimum(before, low))
    return jnp.where(turn > 0, jnp.minimum(size, jnp.maximum(before, high)), jnp.where(turn < 0, shrunk, size))


def rprop(
    turning: Callable[..., Any] = lambda g, last, k: jnp.sign(g) * jnp.sign(last),
    limit: Callable[..., Any] = ends,
    bounds: Callable[..., Any] = lambda lr, smallest, largest: (smallest / lr, largest / lr),
    at_rate_0: bool = False,
    used: Callable[..., Any] = lambda size, before: size,
    step: Callable[..., Any] = lambda g, turn: jnp.sign(jnp.where(turn < 0, 0, g)),
    remember: Callable[..., Any] = lambda g, last, turn: jnp.where(turn < 0, 0, g),
) -> Callable[..., Any]:
    """Rprop with another idea of a turn or of the limits, of what it moves by, or of what it remembers."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, shrink: Any, grow: Any, smallest: Any, largest: Any) -> Any:
        before, last = slots["size"], slots["last"]
        turn = turning(g, last, k)
        multiplied = before * jnp.where(turn < 0, shrink, jnp.where(turn > 0, grow, 1))
        held = limit(turn, before, multiplied, *bounds(jnp.where(lr > 0, lr, 1), smallest, largest))
        size = jnp.where(lr > 0, held, multiplied if at_rate_0 else before)
        return p - lr * used(size, before) * step(g, turn), {"size": size, "last": remember(g, last, turn)}

    return apply


def zero_is_a_change(g: Any, last: Any, k: Any) -> Any:
    turn = jnp.sign(g) * jnp.sign(last)
    return jnp.where((turn == 0) & (k > 1), -1, turn)


def zero_is_no_change(g: Any, last: Any, k: Any) -> Any:
    turn = jnp.sign(g) * jnp.sign(last)
    return jnp.where((turn == 0) & (k > 1), 1, turn)


def first_step_grows(g: Any, last: Any, k: Any) -> Any:
    return jnp.where(k == 1, 1, jnp.sign(g) * jnp.sign(last))


def last_gradient_that_was_not_zero(g: Any, last: Any, turn: Any) -> Any:
    return jnp.where(turn < 0, 0, jnp.where(g == 0, last, g))


def always(turn: Any, before: Any, size: Any, low: Any, high: Any) -> Any:
    return jnp.clip(size, low, high)


def both_ends(turn: Any, before: Any, size: Any, low: Any, high: Any) -> Any:
    return jnp.where(turn != 0, jnp.clip(size, low, high), size)


def size_of_the_first_rate(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """As PyTorch does it: the rate is the first step size, and never used again."""
    size = jnp.where(k == 1, lr * slots["size"], slots["size"])
    return Rprop.apply(g, slots | {"size": size}, p, 1.0, k, **hyper)


def step_of_the_last_gradient(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """As optax does it: moves by the gradient and the step size of the step before."""
    _, new_slots = Rprop.apply(g, slots, p, lr, k, **hyper)
    return p - lr * slots["size"] * jnp.sign(slots["last"]), new_slots


FAULTS += [
    rule(Rprop, "step of the last gradient", "RPROP-1", step_of_the_last_gradient),
    rule(Rprop, "first step grows", "RPROP-1", rprop(first_step_grows)),
    rule(Rprop, "gradient instead of its sign", "RPROP-1", rprop(step=lambda g, turn: jnp.where(turn < 0, 0, g))),
    rule(Rprop, "limited from the first step", "RPROP-1", rprop(limit=always)),
    rule(Rprop, "grows after use", "RPROP-2", rprop(used=lambda size, before: before)),
    rule(Rprop, "never grows", "RPROP-2", rprop(lambda g, last, k: jnp.minimum(jnp.sign(g) * jnp.sign(last), 0))),
    ignoring(Rprop, "never shrinks", "RPROP-3", shrink=1.0),
    rule(Rprop, "moves where the sign changes", "RPROP-3", rprop(step=lambda g, turn: jnp.sign(g))),
    rule(Rprop, "remembers where the sign changes", "RPROP-3", rprop(remember=lambda g, last, turn: g)),
    rule(Rprop, "zero is a change", "RPROP-4", rprop(zero_is_a_change)),
    rule(Rprop, "zero is no change", "RPROP-4", rprop(zero_is_no_change)),
    rule(Rprop, "zeros not remembered", "RPROP-4", rprop(remember=last_gradient_that_was_not_zero)),
    ignoring(Rprop, "no limits", "RPROP-5", smallest=0.0, largest=jnp.inf),
    ignoring(Rprop, "no lower limit", "RPROP-5", smallest=0.0),
    rule(Rprop, "limits relative to the rate", "RPROP-5", rprop(bounds=lambda lr, *limits: limits)),
    rule(Rprop, "limited at both ends", "RPROP-5", rprop(limit=both_ends)),
    rule(Rprop, "size of the first rate", "RPROP-6", size_of_the_first_rate),
    rule(Rprop, "grows at rate 0", "RPROP-10", rprop(at_rate_0=True)),
    defaulting(Rprop, "largest step of 1", "RPROP-7", step_sizes=(1e-6, 1.0)),
    defaulting(Rprop, "smallest step of 1e-5", "RPROP-7", step_sizes=(1e-5, 50.0)),
    defaulting(Rprop, "smallest step of 1e-7", "RPROP-7", step_sizes=(1e-7, 50.0)),
    shell(Rprop, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]
