"""Fromage and Novograd, which divide a gradient by its norm, wrong in that norm and in what they do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import Fromage, Novograd

from .fault import defaulting, rule, shell, unchecked
from .moments import betas_swapped
from .optimizers import count_reset_by_a_load, root_of_both, root_plus_eps, slots_dropped_by_a_load, stale_rate
from .trust import norm, ratio

# -------------------------------------------------------------------------------------------------------- Fromage


def fromage(
    scale: Callable[..., Any] = lambda p_norm, g_norm: jnp.maximum(p_norm, 1e-6) / jnp.maximum(g_norm, 1e-6),
    shrunk: Callable[..., Any] = lambda p, step, lr: (p - step) / jnp.sqrt(1 + lr**2),
) -> Callable[..., Any]:
    """Fromage of another scale of a gradient, or that takes the growth back in another way."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any) -> Any:
        return shrunk(p, lr * scale(norm(p), norm(g)) * g, lr), slots

    return apply


def momentum_sgd(g: Any, slots: Any, p: Any, lr: Any, k: Any) -> Any:
    v = 0.9 * slots["v"] + g
    return p - lr * v, {"v": v}


FAULTS = [
    rule(Fromage, "growth kept", "FROM-1", fromage(shrunk=lambda p, step, lr: p - step)),
    rule(Fromage, "root forgotten", "FROM-1", fromage(shrunk=lambda p, step, lr: (p - step) / (1 + lr**2))),
    rule(Fromage, "weight alone shrunk", "FROM-1", fromage(shrunk=lambda p, s, lr: p / jnp.sqrt(1 + lr**2) - s)),
    rule(Fromage, "step alone shrunk", "FROM-1", fromage(shrunk=lambda p, s, lr: p - s / jnp.sqrt(1 + lr**2))),
    rule(Fromage, "gradient of unit length", "FROM-1", fromage(lambda p_norm, g_norm: 1 / jnp.maximum(g_norm, 1e-6))),
    shell(Fromage, "norms of all arrays", "FROM-1", joint=True),
    shell(
        Fromage,
        "momentum SGD",
        "FROM-1",
        init_slots=staticmethod(lambda p, **_: {"v": jnp.zeros_like(p)}),
        apply=staticmethod(momentum_sgd),
    ),
    rule(Fromage, "smallest norm of the weight alone", "FROM-2", fromage(lambda p, g: jnp.maximum(p, 1e-6) / g)),
    rule(Fromage, "smallest norm of the gradient alone", "FROM-2", fromage(lambda p, g: p / jnp.maximum(g, 1e-6))),
    rule(Fromage, "1 in the zero case", "FROM-2", fromage(ratio)),
    rule(Fromage, "smallest norm added", "FROM-2", fromage(lambda p, g: (p + 1e-6) / (g + 1e-6))),
    rule(Fromage, "smallest norm of 1e-8", "FROM-2", fromage(lambda p, g: jnp.maximum(p, 1e-8) / jnp.maximum(g, 1e-8))),
    defaulting(Fromage, "rate of the authors' code", "FROM-3", lr=0.01),
    defaulting(Fromage, "clipped by default", "FROM-3", grad_clip_value=1.0),
    defaulting(Fromage, "clipped by norm by default", "FROM-3", grad_clip_norm=1.0),
    shell(Fromage, "base rate whatever the scheduler", "OPT-1", step=stale_rate),
]


# ------------------------------------------------------------------------------------------------------- Novograd


def novograd(
    gather: Callable[..., Any] = lambda v, g, beta2, k: jnp.where(
        k == 1, jnp.sum(g**2), beta2 * v + (1 - beta2) * jnp.sum(g**2)
    ),
    divisor: Callable[..., Any] = lambda v, eps, beta2, k: jnp.sqrt(v) + eps,
    momentum: Callable[..., Any] = lambda m, scaled, decay, beta1: beta1 * m + scaled + decay,
    step: Callable[..., Any] = lambda m, decay, beta1, k: m,
) -> Callable[..., Any]:
    """Novograd of another second moment, with another divisor of a gradient, another momentum or another step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, weight_decay: Any) -> Any:
        v = gather(slots["v"], g, beta2, k)
        m = momentum(slots["m"], g / divisor(v, eps, beta2, k), weight_decay * p, beta1)
        return p - lr * step(m, weight_decay * p, beta1, k), {"m": m, "v": v}

    return apply


def for_each_element(p: Any, **_: Any) -> Any:
    return {"m": jnp.zeros_like(p), "v": jnp.zeros_like(p)}


def averaged_from_zero(v: Any, g: Any, beta2: Any, k: Any) -> Any:
    return beta2 * v + (1 - beta2) * jnp.sum(g**2)


def of_each_element(v: Any, g: Any, beta2: Any, k: Any) -> Any:
    return jnp.where(k == 1, g**2, beta2 * v + (1 - beta2) * g**2)


def of_norms(v: Any, g: Any, beta2: Any, k: Any) -> Any:
    """Its root is the average norm."""
    return jnp.where(k == 1, norm(g), beta2 * jnp.sqrt(v) + (1 - beta2) * norm(g)) ** 2


def of_the_mean_square(v: Any, g: Any, beta2: Any, k: Any) -> Any:
    return jnp.where(k == 1, jnp.mean(g**2), beta2 * v + (1 - beta2) * jnp.mean(g**2))


def summed(v: Any, g: Any, beta2: Any, k: Any) -> Any:
    return beta2 * v + jnp.sum(g**2)


def corrected_root(v: Any, eps: Any, beta2: Any, k: Any) -> Any:
    return root_plus_eps(v / (1 - beta2**k), eps)


def normalized_twice(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """As upstream documents it: a momentum of gradients of unit length, divided by the root of the second moment."""
    unit = g / jnp.where(norm(g) > 0, norm(g), 1)
    m = hyper["beta1"] * slots["m"] + unit + hyper["weight_decay"] * p
    v = Novograd.apply(g, slots, p, lr, k, **hyper)[1]["v"]
    return p - lr * m / (jnp.sqrt(v) + hyper["eps"]), {"m": m, "v": v}


def decay_coupled(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return Novograd.apply(g + weight_decay * p, slots, p, lr, k, **hyper, weight_decay=0.0)


DECAY_OUTSIDE = novograd(momentum=lambda m, g, decay, b1: b1 * m + g, step=lambda m, decay, b1, k: m + decay)

FAULTS += [
    shell(
        Novograd,
        "second moment of each element",
        "NOVO-1",
        init_slots=staticmethod(for_each_element),
        apply=staticmethod(novograd(of_each_element)),
    ),
    shell(Novograd, "norm of all arrays", "NOVO-1", joint=True, init_slots=staticmethod(for_each_element)),
    rule(Novograd, "second moment of norms", "NOVO-1", novograd(of_norms)),
    rule(Novograd, "mean square", "NOVO-1", novograd(of_the_mean_square)),
    rule(Novograd, "squares added up", "NOVO-1", novograd(summed)),
    rule(Novograd, "second moment from zero", "NOVO-2", novograd(averaged_from_zero)),
    rule(Novograd, "corrected from zero", "NOVO-2", novograd(averaged_from_zero, corrected_root)),
    rule(Novograd, "betas swapped", "NOVO-3", betas_swapped(Novograd)),
    rule(Novograd, "epsilon inside the root", "NOVO-3", novograd(divisor=lambda v, eps, *_: root_of_both(v, eps))),
    rule(Novograd, "root forgotten", "NOVO-3", novograd(divisor=lambda v, eps, *_: v + eps)),
    rule(Novograd, "normalized twice", "NOVO-3", normalized_twice),
    rule(Novograd, "averaged gradients", "NOVO-3", novograd(momentum=lambda m, g, d, b1: b1 * m + (1 - b1) * g + d)),
    rule(Novograd, "bias correction", "NOVO-3", novograd(step=lambda m, decay, beta1, k: m / (1 - beta1**k))),
    rule(Novograd, "decay through the norm", "NOVO-4", decay_coupled),
    rule(Novograd, "decay outside the momentum", "NOVO-4", DECAY_OUTSIDE),
    rule(Novograd, "decay averaged", "NOVO-4", novograd(momentum=lambda m, g, d, b1: b1 * m + g + (1 - b1) * d)),
    defaulting(Novograd, "betas of optax", "NOVO-5", betas=(0.9, 0.25)),
    defaulting(Novograd, "betas of the authors' code", "NOVO-5", betas=(0.95, 0.98)),
    defaulting(Novograd, "epsilon of optax", "NOVO-5", eps=1e-6),
    defaulting(Novograd, "rate of the authors' code", "NOVO-5", lr=1e-2),
    defaulting(Novograd, "clipped by default", "NOVO-5", grad_clip_norm=1.0),
    unchecked(Novograd, "NOVO-6", "betas", "beta1", "beta2"),
    shell(Novograd, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Novograd, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
