"""AdamW, Adamax, Nadam and RAdam, wrong in their moments, their corrections and their steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from optimspec import Adamax, AdamW, Nadam, Optimizer, RAdam

from .fault import defaulting, ignoring, rule, shell
from .optimizers import count_reset_by_a_load, root_of_both, root_plus_eps, slots_dropped_by_a_load


def averaged(slots: Any, g: Any, beta1: Any, beta2: Any) -> tuple[Any, Any]:
    """The moments of Adam."""
    return beta1 * slots["m"] + (1 - beta1) * g, beta2 * slots["v"] + (1 - beta2) * g**2


def betas_swapped(base: Any) -> Callable[..., Any]:
    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, **hyper: Any) -> Any:
        return base.apply(g, slots, p, lr, k, beta1=beta2, beta2=beta1, **hyper)

    return apply


def not_corrected(base: Any) -> Callable[..., Any]:
    """Every step is corrected like one at infinity, which is not at all."""
    return lambda g, slots, p, lr, k, **hyper: base.apply(g, slots, p, lr, jnp.inf, **hyper)


# ---------------------------------------------------------------------------------------------------------- AdamW


def decay_through_the_moments(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return AdamW.apply(g + weight_decay * p, slots, p, lr, k, **hyper, weight_decay=0.0)


def decay_not_scaled(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    stepped, new_slots = AdamW.apply(g, slots, p, lr, k, **hyper, weight_decay=0.0)
    return jnp.where(lr > 0, stepped - weight_decay * p, p), new_slots


def decay_scaled_twice(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    return AdamW.apply(g, slots, p, lr, k, **hyper, weight_decay=lr * weight_decay)


def decay_of_the_stepped_weight(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
    stepped, new_slots = AdamW.apply(g, slots, p, lr, k, **hyper, weight_decay=0.0)
    return stepped * (1 - lr * weight_decay), new_slots


def adamw_with_the_root_of_both(
    g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, weight_decay: Any
) -> Any:
    m, v = averaged(slots, g, beta1, beta2)
    m_hat, v_hat = m / (1 - beta1**k), v / (1 - beta2**k)
    return p - lr * (m_hat / root_of_both(v_hat, eps) + weight_decay * p), {"m": m, "v": v}


def second_moment_not_corrected(
    g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, weight_decay: Any
) -> Any:
    m, v = averaged(slots, g, beta1, beta2)
    return p - lr * (m / (1 - beta1**k) / root_plus_eps(v, eps) + weight_decay * p), {"m": m, "v": v}


FAULTS = [
    rule(AdamW, "epsilon inside the root", "ADAMW-1", adamw_with_the_root_of_both),
    rule(AdamW, "betas swapped", "ADAMW-1", betas_swapped(AdamW)),
    rule(AdamW, "decay of the stepped weight", "ADAMW-1", decay_of_the_stepped_weight),
    ignoring(AdamW, "decay ignored", "ADAMW-1", weight_decay=0.0),
    rule(AdamW, "decay through the moments", "ADAMW-2", decay_through_the_moments),
    rule(AdamW, "decay not scaled", "ADAMW-3", decay_not_scaled),
    rule(AdamW, "decay scaled twice", "ADAMW-3", decay_scaled_twice),
    rule(AdamW, "no bias correction", "ADAMW-4", not_corrected(AdamW)),
    rule(AdamW, "second moment not corrected", "ADAMW-4", second_moment_not_corrected),
    defaulting(AdamW, "no decay by default", "ADAMW-5", weight_decay=0.0),
    shell(AdamW, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(AdamW, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# --------------------------------------------------------------------------------------------------------- Adamax


def adamax(
    norm: Callable[..., Any] = lambda u, g, beta2, eps: jnp.maximum(beta2 * u, jnp.abs(g)),
    divisor: Callable[..., Any] = lambda u, eps, beta2, k: u + eps,
) -> Callable[..., Any]:
    """Adamax of another norm, or with another divisor of the step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
        m = beta1 * slots["m"] + (1 - beta1) * g
        u = norm(slots["u"], g, beta2, eps)
        return p - lr * m / (1 - beta1**k) / divisor(u, eps, beta2, k), {"m": m, "u": u}

    return apply


def sign_in_the_maximum(u: Any, g: Any, beta2: Any, eps: Any) -> Any:
    return jnp.maximum(beta2 * u, g)


def largest_of_all(u: Any, g: Any, beta2: Any, eps: Any) -> Any:
    return jnp.maximum(u, jnp.abs(g))


def euclidean(u: Any, g: Any, beta2: Any, eps: Any) -> Any:
    return jnp.sqrt(beta2 * u**2 + (1 - beta2) * g**2)


def epsilon_in_the_maximum(u: Any, g: Any, beta2: Any, eps: Any) -> Any:
    return jnp.maximum(beta2 * u, jnp.abs(g) + eps)


def at_least_epsilon(u: Any, eps: Any, beta2: Any, k: Any) -> Any:
    return jnp.maximum(u, eps)


def norm_corrected(u: Any, eps: Any, beta2: Any, k: Any) -> Any:
    return u / (1 - beta2**k) + eps


FAULTS += [
    rule(Adamax, "sign in the maximum", "ADAMAX-1", adamax(sign_in_the_maximum)),
    rule(Adamax, "largest of all", "ADAMAX-1", adamax(largest_of_all)),
    rule(Adamax, "euclidean", "ADAMAX-1", adamax(euclidean)),
    rule(Adamax, "betas swapped", "ADAMAX-1", betas_swapped(Adamax)),
    rule(Adamax, "epsilon in the maximum", "ADAMAX-2", adamax(epsilon_in_the_maximum, lambda u, *_: u)),
    rule(Adamax, "at least epsilon", "ADAMAX-2", adamax(divisor=at_least_epsilon)),
    rule(Adamax, "no bias correction", "ADAMAX-3", not_corrected(Adamax)),
    rule(Adamax, "norm corrected", "ADAMAX-3", adamax(divisor=norm_corrected)),
    defaulting(Adamax, "rate of Adam", "ADAMAX-4", lr=1e-3),
    shell(Adamax, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Adamax, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# ---------------------------------------------------------------------------------------------------------- Nadam


def nadam(
    mu: Callable[..., Any] = lambda beta1, k, decay: beta1 * (1 - 0.96 ** (k * decay) / 2),
    ahead: int = 1,
    product: Callable[..., Any] = lambda before, mu: before * mu,
    first: Callable[..., Any] = lambda beta1, mu: beta1,
    corrected: bool = True,
    divisor: Callable[..., Any] = root_plus_eps,
) -> Callable[..., Any]:
    """Nadam of another momentum or product, with other moments, or with another divisor of the step."""

    def apply(
        g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, momentum_decay: Any
    ) -> Any:
        now, following = (mu(beta1, i, momentum_decay) for i in (k, k + ahead))
        so_far = product(slots["product"], now)
        m, v = averaged(slots, g, first(beta1, now), beta2)
        direction = (1 - now) * g / (1 - so_far) + following * m / (1 - so_far * following)
        v_hat = v / (1 - beta2**k) if corrected else v
        return p - lr * direction / divisor(v_hat, eps), {"m": m, "v": v, "product": so_far}

    return apply


def product_lost_by_a_load(self: Any, state: Any) -> None:
    Optimizer.load_state_dict(self, state)
    with jax.enable_x64(True):
        for weight in self._weights.values():
            weight.slots = [leaf | {"product": jnp.ones_like(leaf["product"])} for leaf in weight.slots]


FAULTS += [
    ignoring(Nadam, "momentum_decay ignored", "NADAM-1", momentum_decay=0.0),
    rule(Nadam, "momentum does not grow", "NADAM-1", nadam(lambda beta1, k, decay: beta1)),
    rule(Nadam, "momentum a step late", "NADAM-1", nadam(lambda b, k, decay: b * (1 - 0.96 ** ((k - 1) * decay) / 2))),
    rule(Nadam, "half forgotten", "NADAM-1", nadam(lambda beta1, k, decay: beta1 * (1 - 0.96 ** (k * decay)))),
    rule(Nadam, "product forgotten", "NADAM-2", nadam(product=lambda before, mu: mu + 0 * before)),
    rule(Nadam, "momentum of this step twice", "NADAM-2", nadam(ahead=0)),
    rule(Nadam, "epsilon inside the root", "NADAM-2", nadam(divisor=root_of_both)),
    rule(Nadam, "first moment with mu", "NADAM-3", nadam(first=lambda beta1, mu: mu)),
    rule(Nadam, "second moment not corrected", "NADAM-3", nadam(corrected=False)),
    rule(Nadam, "betas swapped", "NADAM-3", betas_swapped(Nadam)),
    shell(Nadam, "product lost by a load", "STA-7", load_state_dict=product_lost_by_a_load),
    shell(Nadam, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# ---------------------------------------------------------------------------------------------------------- RAdam


def radam(
    bound: float = 5,
    rectified: bool = True,
    corrected: bool = True,
    divisor: Callable[..., Any] = root_plus_eps,
    waiting: Callable[..., Any] = lambda g, m, m_hat, root: m_hat,
) -> Callable[..., Any]:
    """RAdam of another bound, without its factor, with another divisor, or with another step while it waits."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
        m, v = averaged(slots, g, beta1, beta2)
        m_hat, root = m / (1 - beta1**k), divisor(v / (1 - beta2**k) if corrected else v, eps)
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * k * beta2**k / (1 - beta2**k)
        trusted = jnp.maximum(rho, 4)
        r = jnp.sqrt((trusted - 4) * (trusted - 2) * limit / ((limit - 4) * (limit - 2) * trusted))
        adaptive = (r if rectified else 1) * m_hat / root
        return p - lr * jnp.where(rho > bound, adaptive, waiting(g, m, m_hat, root)), {"m": m, "v": v}

    return apply


FAULTS += [
    rule(RAdam, "never rectified", "RADAM-1", radam(bound=jnp.inf)),
    rule(RAdam, "factor forgotten", "RADAM-1", radam(rectified=False)),
    rule(RAdam, "epsilon inside the root", "RADAM-1", radam(divisor=root_of_both)),
    rule(RAdam, "bound of 6", "RADAM-1", radam(bound=6)),
    rule(RAdam, "bound of the paper", "RADAM-2", radam(bound=4)),
    rule(RAdam, "stands still while waiting", "RADAM-2", radam(waiting=lambda g, m, m_hat, root: 0 * m)),
    rule(RAdam, "Adam while waiting", "RADAM-2", radam(waiting=lambda g, m, m_hat, root: m_hat / root)),
    rule(RAdam, "not corrected while waiting", "RADAM-2", radam(waiting=lambda g, m, m_hat, root: m)),
    rule(RAdam, "second moment not corrected", "RADAM-3", radam(corrected=False)),
    rule(RAdam, "betas swapped", "RADAM-3", betas_swapped(RAdam)),
    shell(RAdam, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(RAdam, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
