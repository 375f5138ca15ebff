"""Lamb and Lars, which scale a step to the size of its weight, wrong in whose norm it is and in when it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import Lamb, Lars

from .fault import defaulting, ignoring, rule, shell, unchecked
from .moments import averaged, betas_swapped, not_corrected
from .optimizers import count_reset_by_a_load, root_of_both, root_plus_eps, slots_dropped_by_a_load


def norm(x: Any) -> Any:
    return jnp.sqrt(jnp.sum(x**2))


def ratio(above: Any, below: Any) -> Any:
    """1 where one of them is 0."""
    return jnp.where((above > 0) & (below > 0), above / jnp.where(below > 0, below, 1), 1)


# ----------------------------------------------------------------------------------------------------------- Lamb


def as_long_as_the_weight(p: Any, step: Any, decay: Any, g: Any) -> Any:
    return ratio(norm(p), norm(step + decay)) * (step + decay)


def lamb(
    moved: Callable[..., Any] = as_long_as_the_weight,
    divisor: Callable[..., Any] = root_plus_eps,
    square: Callable[..., Any] = jnp.square,
    second: Callable[..., Any] = lambda v, beta2, k: v / (1 - beta2**k),
) -> Callable[..., Any]:
    """Lamb that makes another step of Adam's, of the decay and of the gradient; or with another step of Adam."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, weight_decay: Any) -> Any:
        m, v = averaged(slots, g, beta1, beta2)
        v = v + (1 - beta2) * (square(g) - g**2)
        step = m / (1 - beta1**k) / divisor(second(v, beta2, k), eps)
        return p - lr * moved(p, step, weight_decay * p, g), {"m": m, "v": v}

    return apply


def decay_through_the_moments(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return Lamb.apply(g + weight_decay * p, slots, p, lr, k, **hyper, weight_decay=0.0)


def scaled_by(measure: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lamb(lambda p, step, decay, g: measure(p, step + decay) * (step + decay))


def along_the_last_axis(p: Any, r: Any) -> Any:
    def lengths(x: Any) -> Any:
        return jnp.sqrt(jnp.sum(x**2, axis=-1, keepdims=True)) if x.ndim else jnp.abs(x)

    return ratio(lengths(p), lengths(r))


FAULTS = [
    rule(Lamb, "epsilon inside the root", "LAMB-1", lamb(divisor=root_of_both)),
    rule(Lamb, "betas swapped", "LAMB-1", betas_swapped(Lamb)),
    rule(Lamb, "absolute value instead of square", "LAMB-1", lamb(square=jnp.abs)),
    rule(Lamb, "no bias correction", "LAMB-2", not_corrected(Lamb)),
    rule(Lamb, "second moment not corrected", "LAMB-2", lamb(second=lambda v, beta2, k: v)),
    rule(Lamb, "decay through the moments", "LAMB-3", decay_through_the_moments),
    rule(Lamb, "decay after the norm", "LAMB-3", lamb(lambda p, r, decay, g: ratio(norm(p), norm(r)) * r + decay)),
    rule(Lamb, "norm before the decay", "LAMB-3", lamb(lambda p, r, decay, g: ratio(norm(p), norm(r)) * (r + decay))),
    ignoring(Lamb, "decay ignored", "LAMB-3", weight_decay=0.0),
    rule(Lamb, "AdamW", "LAMB-4", scaled_by(lambda p, r: 1)),
    rule(Lamb, "norm of the gradient", "LAMB-4", lamb(lambda p, r, decay, g: ratio(norm(p), norm(g)) * (r + decay))),
    rule(Lamb, "ratio upside down", "LAMB-4", scaled_by(lambda p, r: ratio(norm(r), norm(p)))),
    rule(Lamb, "squared norms", "LAMB-4", scaled_by(lambda p, r: ratio(norm(p) ** 2, norm(r) ** 2))),
    rule(Lamb, "norms along the last axis", "LAMB-4", scaled_by(along_the_last_axis)),
    shell(Lamb, "norms of all arrays", "LAMB-4", joint=True),
    rule(Lamb, "a zero weight stays", "LAMB-4", scaled_by(lambda p, r: norm(p) / jnp.maximum(norm(r), 1e-300))),
    rule(Lamb, "no zero case", "LAMB-4", scaled_by(lambda p, r: norm(p) / norm(r))),
    rule(Lamb, "norm of at most 10", "LAMB-4", scaled_by(lambda p, r: ratio(jnp.minimum(norm(p), 10), norm(r)))),
    rule(Lamb, "ratio of at most 10", "LAMB-4", scaled_by(lambda p, r: jnp.minimum(ratio(norm(p), norm(r)), 10))),
    defaulting(Lamb, "rate of apex", "LAMB-5", lr=1e-2),
    defaulting(Lamb, "second beta of 0.99", "LAMB-5", betas=(0.9, 0.99)),
    defaulting(Lamb, "epsilon of Adam", "LAMB-5", eps=1e-8),
    defaulting(Lamb, "decay of apex", "LAMB-5", weight_decay=0.01),
    defaulting(Lamb, "clipped like apex's", "LAMB-5", grad_clip_norm=1.0),
    unchecked(Lamb, "LAMB-6", "betas", "beta1", "beta2"),
    shell(Lamb, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Lamb, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# ----------------------------------------------------------------------------------------------------------- Lars


def lars(
    scale: Callable[..., Any] = lambda p, g, c, eps: ratio(c * norm(p), jnp.where(norm(g) > 0, norm(g) + eps, 0)),
    velocity: Callable[..., Any] = lambda v, scale, g, momentum: momentum * v + scale * g,
) -> Callable[..., Any]:
    """Lars of another scale of a gradient, or with another momentum of it."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, trust_coefficient: Any, eps: Any) -> Any:
        v = velocity(slots["v"], scale(p, g, trust_coefficient, eps), g, momentum)
        return p - lr * v, {"v": v}

    return apply


def a_zero_weight_stays(p: Any, g: Any, c: Any, eps: Any) -> Any:
    return jnp.where(norm(g) > 0, c * norm(p) / (norm(g) + eps), 1)


def zero_gradient_divided(p: Any, g: Any, c: Any, eps: Any) -> Any:
    return jnp.where(norm(p) > 0, c * norm(p) / (norm(g) + eps), 1)


def coefficient_in_the_zero_case(p: Any, g: Any, c: Any, eps: Any) -> Any:
    return c * ratio(norm(p), jnp.where(norm(g) > 0, norm(g) + eps, 0))


def momentum_outside_the_scale(v: Any, scale: Any, g: Any, momentum: Any) -> Any:
    return scale * (momentum * v + g)


def rate_inside_the_momentum(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    v = Lars.apply(g, slots, p, lr, k, **hyper | {"momentum": 0.0})[1]["v"]
    v = hyper["momentum"] * slots["v"] + lr * v
    return p - v, {"v": v}


def nesterov(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, **hyper: Any) -> Any:
    scaled = Lars.apply(g, slots, p, lr, k, 0.0, **hyper)[1]["v"]
    v = momentum * slots["v"] + scaled
    return p - lr * (scaled + momentum * v), {"v": v}


def decay_elsewhere(scaled: Callable[..., Any]) -> dict[str, Any]:
    """What is summed, of the gradient and its weight decay: ``scaled(g, decay, p, c, eps)``."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, weight_decay: Any, **hyper: Any) -> Any:
        v = momentum * slots["v"] + scaled(g, weight_decay * p, p, hyper["trust_coefficient"], hyper["eps"])
        return p - lr * v, {"v": v}

    return {"coupled": False, "apply": staticmethod(apply)}


def norms_added(g: Any, decay: Any, p: Any, c: Any, eps: Any) -> Any:
    """As in the paper: ‖g‖ + λ‖θ‖ below."""
    return ratio(c * norm(p), norm(g) + norm(decay) + eps) * (g + decay)


def norm_before_the_decay(g: Any, decay: Any, p: Any, c: Any, eps: Any) -> Any:
    return ratio(c * norm(p), norm(g) + eps) * (g + decay)


def decay_not_scaled(g: Any, decay: Any, p: Any, c: Any, eps: Any) -> Any:
    return ratio(c * norm(p), norm(g) + eps) * g + decay


FAULTS += [
    rule(Lars, "coefficient ignored", "LARS-1", lars(lambda p, g, c, eps: ratio(norm(p), norm(g) + eps))),
    ignoring(Lars, "epsilon ignored", "LARS-1", eps=0.0),
    rule(Lars, "ratio upside down", "LARS-1", lars(lambda p, g, c, eps: ratio(c * norm(g), norm(p) + eps))),
    rule(Lars, "squared norms", "LARS-1", lars(lambda p, g, c, eps: ratio(c * norm(p) ** 2, norm(g) ** 2 + eps))),
    rule(Lars, "gradient of unit length", "LARS-1", lars(lambda p, g, c, eps: c / (norm(g) + eps))),
    shell(Lars, "norms of all arrays", "LARS-1", joint=True),
    ignoring(Lars, "momentum ignored", "LARS-2", momentum=0.0),
    rule(Lars, "rate inside the momentum", "LARS-2", rate_inside_the_momentum),
    rule(Lars, "momentum outside the scale", "LARS-2", lars(velocity=momentum_outside_the_scale)),
    rule(Lars, "dampened", "LARS-2", lars(velocity=lambda v, scale, g, mu: mu * v + (1 - mu) * scale * g)),
    rule(Lars, "nesterov", "LARS-2", nesterov),
    shell(Lars, "norms added", "LARS-3", **decay_elsewhere(norms_added)),
    shell(Lars, "norm before the decay", "LARS-3", **decay_elsewhere(norm_before_the_decay)),
    shell(Lars, "decay not scaled", "LARS-3", **decay_elsewhere(decay_not_scaled)),
    rule(Lars, "a zero weight stays", "LARS-4", lars(a_zero_weight_stays)),
    rule(Lars, "zero gradient divided", "LARS-4", lars(zero_gradient_divided)),
    rule(Lars, "coefficient in the zero case", "LARS-4", lars(coefficient_in_the_zero_case)),
    defaulting(Lars, "rate of 0.1", "LARS-5", lr=0.1),
    defaulting(Lars, "no momentum by default", "LARS-5", momentum=0.0),
    defaulting(Lars, "coefficient of 0.02", "LARS-5", trust_coefficient=0.02),
    defaulting(Lars, "epsilon of optax", "LARS-5", eps=0.0),
    defaulting(Lars, "decay by default", "LARS-5", weight_decay=1e-4),
    defaulting(Lars, "clipped by norm by default", "LARS-5", grad_clip_norm=1.0),
    shell(Lars, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]
