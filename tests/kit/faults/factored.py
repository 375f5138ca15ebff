"""Adafactor, wrong in its axes, its second moment, its bound and its momentum, and in what a rate means to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import Adafactor

from .fault import Fault, defaulting, ignoring, rule, shell, unchecked
from .optimizers import count_reset_by_a_load, slots_dropped_by_a_load

Axes = tuple[int, int] | None


def rms(x: Any) -> Any:
    return jnp.sqrt(jnp.mean(x**2))


def two_longest(shape: Any, factored: bool) -> Axes:
    if not factored or len(shape) < 2:
        return None
    a, b = sorted(sorted(range(len(shape)), key=lambda i: (shape[i], i))[-2:])
    return a, b


def cut_down(u: Any, d: Any) -> Any:
    return u / jnp.maximum(1, rms(u) / d)


def relative(lr: Any, p: Any, k: Any, eps2: Any) -> Any:
    return lr * jnp.maximum(eps2, rms(p)) * jnp.minimum(0.01, k**-0.5)


def averaged(m: Any, u: Any, beta1: Any) -> Any:
    return beta1 * m + (1 - beta1) * u


def step_of_both(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    m = averaged(m, u, beta1)
    return alpha * (m + decay), m


def adafactor(
    name: str,
    requirement: str,
    *,
    axes: Callable[..., Axes] = two_longest,
    beta2: Callable[..., Any] = lambda k, r: 1 - k**-r,
    square: Callable[..., Any] = lambda g, eps1: g**2 + eps1,
    product: Callable[..., Any] = lambda rows, columns, a: rows / jnp.mean(rows, a, keepdims=True) * columns,
    divisor: Callable[..., Any] = lambda v, eps1: jnp.sqrt(v),
    bounded: Callable[..., Any] = cut_down,
    step: Callable[..., tuple[Any, Any]] = step_of_both,
    alpha: Callable[..., Any] = relative,
    given: Callable[..., Any] = lambda lr, p, k, eps2: lr,
) -> Fault:
    """Adafactor of other axes, another second moment, bound or step, or of another rate: left out, or given."""

    def init_slots(p: Any, beta1: Any, factored: bool, **_: Any) -> Any:
        slots = {} if beta1 is None else {"m": jnp.zeros_like(p)}
        chosen = axes(p.shape, factored)
        if chosen is None:
            return slots | {"v": jnp.zeros_like(p)}
        a, b = chosen
        means = {"rows": p.sum(b, keepdims=True), "columns": p.sum(a, keepdims=True)}
        return slots | {name: jnp.zeros_like(mean) for name, mean in means.items()}

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
        r, eps1, eps2, beta1 = (hyper[name] for name in ("decay_rate", "eps1", "eps2", "beta1"))
        old = beta2(k, r)
        new = square(g, eps1)
        chosen = axes(p.shape, hyper["factored"])
        if chosen is None:
            v = old * slots["v"] + (1 - old) * new
            new_slots = {"v": v}
        else:
            a, b = chosen
            rows = old * slots["rows"] + (1 - old) * jnp.mean(new, b, keepdims=True)
            columns = old * slots["columns"] + (1 - old) * jnp.mean(new, a, keepdims=True)
            v, new_slots = product(rows, columns, a), {"rows": rows, "columns": columns}
        u = bounded(g / divisor(v, eps1), hyper["clip_threshold"])
        rate = (alpha if hyper["relative"] else given)(lr, p, k, eps2)
        momentum = (0.0, 0.0) if beta1 is None else (slots["m"], beta1)
        moved, m = step(*momentum, u, hyper["weight_decay"] * p, rate, lr)
        return p - moved, new_slots | ({} if beta1 is None else {"m": m})

    return shell(Adafactor, name, requirement, init_slots=staticmethod(init_slots), apply=staticmethod(apply))


def always_factored(shape: Any, factored: bool) -> Axes:
    return two_longest(shape, True)


def last_two(shape: Any, factored: bool) -> Axes:
    """PyTorch's."""
    return (len(shape) - 2, len(shape) - 1) if factored and len(shape) > 1 else None


def first_two(shape: Any, factored: bool) -> Axes:
    return (0, 1) if factored and len(shape) > 1 else None


def earlier_of_equal_ones(shape: Any, factored: bool) -> Axes:
    if not factored or len(shape) < 2:
        return None
    a, b = sorted(sorted(range(len(shape)), key=lambda i: (shape[i], -i))[-2:])
    return a, b


def large_ones_alone(shape: Any, factored: bool) -> Axes:
    """optax's, and so upstream's: at least 128 rows and columns."""
    chosen = two_longest(shape, factored)
    return chosen if chosen and min(shape[axis] for axis in chosen) >= 128 else None


def rate_inside_the_momentum(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    """optax's."""
    m = averaged(m, alpha * u, beta1)
    return m + alpha * decay, m


def sum_of_updates(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    m = beta1 * m + u
    return alpha * (m + decay), m


def decay_in_the_momentum(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    m = averaged(m, u + decay, beta1)
    return alpha * m, m


def decay_not_scaled(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    """optax's."""
    m = averaged(m, u, beta1)
    return alpha * m + jnp.where(lr > 0, decay, 0), m


def decay_by_the_rate_alone(m: Any, beta1: Any, u: Any, decay: Any, alpha: Any, lr: Any) -> tuple[Any, Any]:
    """PyTorch's, where the rate is relative."""
    m = averaged(m, u, beta1)
    return alpha * m + lr * decay, m


def momentum_of_gradients(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, **hyper: Any) -> Any:
    """As upstream documents it: the averaged gradient is divided, by the second moment of the gradients."""
    stepped, new_slots = Adafactor.apply(g, slots, p, lr, k, beta1=None, **hyper)
    if beta1 is None:
        return stepped, new_slots
    m = averaged(slots["m"], g, beta1)
    divided = jnp.where(g == 0, 0, (p - stepped) / jnp.where(g == 0, 1, g))
    return p - m * divided, new_slots | {"m": m}


def decay_coupled(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return Adafactor.apply(g + weight_decay * p, slots, p, lr, k, **hyper, weight_decay=0.0)


def zero_taken_for_none(self: Any, lr: Any = None, **given: Any) -> None:
    Adafactor.__init__(self, lr=lr or None, **given)


FAULTS = [
    adafactor("decay_rate of the other sign", "FACTOR-1", beta2=lambda k, r: 1 - k**r),
    adafactor("beta2 a step late", "FACTOR-1", beta2=lambda k, r: 1 - jnp.maximum(k - 1, 1) ** -r),
    adafactor("beta2 a step early", "FACTOR-1", beta2=lambda k, r: 1 - (k + 1) ** -r),
    adafactor("beta2 of Adam", "FACTOR-1", beta2=lambda k, r: jnp.where(k == 1, 0, 0.999)),
    adafactor("epsilon outside the root", "FACTOR-1", square=lambda g, e: g**2, divisor=lambda v, e: jnp.sqrt(v) + e),
    adafactor("root forgotten", "FACTOR-1", divisor=lambda v, eps1: v),
    ignoring(Adafactor, "decay_rate ignored", "FACTOR-1", decay_rate=0.8),
    ignoring(Adafactor, "first epsilon ignored", "FACTOR-1", eps1=1e-30),
    adafactor("factored ignored", "FACTOR-1", axes=always_factored),
    adafactor("large arrays alone factored", "FACTOR-2", axes=large_ones_alone),
    adafactor("last two axes", "FACTOR-2", axes=last_two),
    adafactor("first two axes", "FACTOR-2", axes=first_two),
    adafactor("earlier of equal axes", "FACTOR-2", axes=earlier_of_equal_ones),
    adafactor("product not divided", "FACTOR-2", product=lambda rows, columns, a: rows * columns),
    adafactor("divided by the mean of all", "FACTOR-2", product=lambda rows, c, a: rows / jnp.mean(rows) * c),
    adafactor(
        "divided by the largest", "FACTOR-2", product=lambda rows, c, a: rows / jnp.max(rows, a, keepdims=True) * c
    ),
    adafactor("the lesser instead of the product", "FACTOR-2", product=lambda rows, c, a: jnp.minimum(rows, c)),
    ignoring(Adafactor, "clip_threshold ignored", "FACTOR-3", clip_threshold=1.0),
    ignoring(Adafactor, "no bound", "FACTOR-3", clip_threshold=jnp.inf),
    adafactor("always scaled", "FACTOR-3", bounded=lambda u, d: u * d / rms(u)),
    adafactor("bound on the norm", "FACTOR-3", bounded=lambda u, d: u / jnp.maximum(1, jnp.sqrt(jnp.sum(u**2)) / d)),
    adafactor("bound on each element", "FACTOR-3", bounded=lambda u, d: jnp.clip(u, -d, d)),
    adafactor(
        "bound on the largest element", "FACTOR-3", bounded=lambda u, d: u / jnp.maximum(1, jnp.abs(u).max() / d)
    ),
    ignoring(Adafactor, "beta1 ignored", "FACTOR-4", beta1=0.0),
    adafactor("rate inside the momentum", "FACTOR-4", step=rate_inside_the_momentum),
    adafactor("momentum not averaged", "FACTOR-4", step=sum_of_updates),
    rule(Adafactor, "momentum of gradients", "FACTOR-4", momentum_of_gradients),
    rule(Adafactor, "decay coupled", "FACTOR-5", decay_coupled),
    adafactor("decay in the momentum", "FACTOR-4", step=decay_in_the_momentum),
    adafactor("decay not scaled", "FACTOR-5", step=decay_not_scaled),
    ignoring(Adafactor, "decay ignored", "FACTOR-5", weight_decay=0.0),
    ignoring(Adafactor, "relative steps ignored", "FACTOR-6", relative=False),
    adafactor("rate of 1e-3", "FACTOR-6", alpha=lambda lr, p, k, eps2: 1e-3 * lr),
    adafactor("weight not regarded", "FACTOR-6", alpha=lambda lr, p, k, eps2: lr * jnp.minimum(0.01, k**-0.5)),
    adafactor("second epsilon ignored", "FACTOR-6", alpha=lambda lr, p, k, eps2: relative(lr, p, k, 0.0)),
    adafactor(
        "second epsilon added",
        "FACTOR-6",
        alpha=lambda lr, p, k, eps2: relative(lr, p, k, 0.0) + relative(lr, 0 * p, k, eps2),
    ),
    adafactor("never falls", "FACTOR-6", alpha=lambda lr, p, k, eps2: relative(lr, p, 1.0, eps2)),
    adafactor("no bound of 0.01", "FACTOR-6", alpha=lambda lr, p, k, eps2: lr * jnp.maximum(eps2, rms(p)) * k**-0.5),
    adafactor(
        "warmed up", "FACTOR-6", alpha=lambda lr, p, k, eps2: relative(lr, p, 1.0, eps2) * jnp.minimum(1e-4 * k, 1)
    ),
    adafactor("norm of the weight", "FACTOR-6", alpha=lambda lr, p, k, e: relative(lr, p * jnp.sqrt(p.size), k, e)),
    adafactor("decay by the rate alone", "FACTOR-6", step=decay_by_the_rate_alone),
    adafactor("rate scaled by the weight", "FACTOR-7", given=lambda lr, p, k, eps2: lr * jnp.maximum(eps2, rms(p))),
    adafactor(
        "rate of PyTorch", "FACTOR-7", given=lambda lr, p, k, e: jnp.maximum(e, rms(p)) * jnp.minimum(lr, k**-0.5)
    ),
    adafactor("rate of relative steps", "FACTOR-7", given=relative),
    adafactor("rate of at most 0.01", "FACTOR-7", given=lambda lr, p, k, eps2: jnp.minimum(lr, 0.01)),
    shell(Adafactor, "a rate of 0 taken for none", "OPT-5", __init__=zero_taken_for_none),
    defaulting(Adafactor, "rate of upstream", "FACTOR-8", lr=1e-3),
    defaulting(Adafactor, "first epsilon of Adam", "FACTOR-8", eps=(1e-8, 1e-3)),
    defaulting(Adafactor, "first epsilon of 1e-16", "FACTOR-8", eps=(1e-16, 1e-3)),
    defaulting(Adafactor, "second epsilon of 1e-2", "FACTOR-8", eps=(1e-30, 1e-2)),
    defaulting(Adafactor, "no bound by default", "FACTOR-8", clip_threshold=1e9),
    defaulting(Adafactor, "decay_rate of 1", "FACTOR-8", decay_rate=1.0),
    defaulting(Adafactor, "momentum by default", "FACTOR-8", beta1=0.9),
    defaulting(Adafactor, "decay by default", "FACTOR-8", weight_decay=0.01),
    defaulting(Adafactor, "not factored by default", "FACTOR-8", factored=False),
    defaulting(Adafactor, "clipped by default", "FACTOR-8", grad_clip_norm=1.0),
    unchecked(Adafactor, "FACTOR-9", "eps", "eps1", "eps2"),
    shell(Adafactor, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Adafactor, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
