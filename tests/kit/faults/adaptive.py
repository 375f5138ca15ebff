"""Yogi and AdaBelief, Adam with another second moment, wrong in that moment and in where its epsilons are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import AdaBelief, Yogi

from .fault import defaulting, ignoring, rule, shell, unchecked
from .moments import betas_swapped, not_corrected
from .optimizers import count_reset_by_a_load, root_of_both, root_plus_eps, slots_dropped_by_a_load


def starting(**values: float) -> Any:
    """Slots of these names that start at these values."""
    return staticmethod(lambda p, **_: {name: jnp.full_like(p, value) for name, value in values.items()})


# ----------------------------------------------------------------------------------------------------------- Yogi


def by_the_sign(v: Any, g: Any, beta2: Any) -> Any:
    return v - (1 - beta2) * jnp.sign(v - g**2) * g**2


def yogi(
    gather: Callable[..., Any] = by_the_sign,
    divisor: Callable[..., Any] = root_plus_eps,
    first: Callable[..., Any] = lambda m, g, beta1: beta1 * m + (1 - beta1) * g,
    second: Callable[..., Any] = lambda v, beta2, k: v / (1 - beta2**k),
) -> Callable[..., Any]:
    """Yogi of another first or second moment, with another correction of it, or with another divisor of the step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
        m, v = first(slots["m"], g, beta1), gather(slots["v"], g, beta2)
        return p - lr * m / (1 - beta1**k) / divisor(second(v, beta2, k), eps), {"m": m, "v": v}

    return apply


def adams(v: Any, g: Any, beta2: Any) -> Any:
    return beta2 * v + (1 - beta2) * g**2


def sign_turned(v: Any, g: Any, beta2: Any) -> Any:
    return v + (1 - beta2) * jnp.sign(v - g**2) * g**2


def sign_of_the_sum(v: Any, g: Any, beta2: Any) -> Any:
    return v - (1 - beta2) * jnp.sign(v + g**2) * g**2


def steps_of_the_old_moment(v: Any, g: Any, beta2: Any) -> Any:
    return v - (1 - beta2) * jnp.sign(v - g**2) * v


def beta_for_the_step(v: Any, g: Any, beta2: Any) -> Any:
    return v - beta2 * jnp.sign(v - g**2) * g**2


def average_and_step(v: Any, g: Any, beta2: Any) -> Any:
    return beta2 * v - (1 - beta2) * jnp.sign(v - g**2) * g**2


def started_by_the_first_gradient(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """As the authors advise: v starts as the square of a first gradient."""
    return Yogi.apply(g, slots | {"v": jnp.where(k == 1, g**2, slots["v"])}, p, lr, k, **hyper)


FAULTS = [
    rule(Yogi, "Adam", "YOGI-1", yogi(adams)),
    rule(Yogi, "sign turned", "YOGI-1", yogi(sign_turned)),
    rule(Yogi, "sign of the sum", "YOGI-1", yogi(sign_of_the_sum)),
    rule(Yogi, "steps of the old moment", "YOGI-1", yogi(steps_of_the_old_moment)),
    rule(Yogi, "beta for the step", "YOGI-1", yogi(beta_for_the_step)),
    rule(Yogi, "average and step", "YOGI-1", yogi(average_and_step)),
    rule(Yogi, "epsilon inside the root", "YOGI-2", yogi(divisor=root_of_both)),
    rule(Yogi, "betas swapped", "YOGI-2", betas_swapped(Yogi)),
    rule(Yogi, "no bias correction", "YOGI-2", not_corrected(Yogi)),
    rule(Yogi, "second moment not corrected", "YOGI-2", yogi(second=lambda v, beta2, k: v)),
    rule(Yogi, "first moment not averaged", "YOGI-2", yogi(first=lambda m, g, beta1: beta1 * m + g)),
    shell(Yogi, "both from zero", "YOGI-3", init_slots=starting(m=0.0, v=0.0)),
    shell(Yogi, "first moment from zero", "YOGI-3", init_slots=starting(m=0.0, v=1e-6)),
    shell(Yogi, "second moment from zero", "YOGI-3", init_slots=starting(m=1e-6, v=0.0)),
    shell(Yogi, "both from 1e-8", "YOGI-3", init_slots=starting(m=1e-8, v=1e-8)),
    rule(Yogi, "started by the first gradient", "YOGI-3", started_by_the_first_gradient),
    defaulting(Yogi, "rate of the paper", "YOGI-4", lr=1e-2),
    defaulting(Yogi, "second beta of 0.99", "YOGI-4", betas=(0.9, 0.99)),
    defaulting(Yogi, "epsilon of Adam", "YOGI-4", eps=1e-8),
    defaulting(Yogi, "clipped by default", "YOGI-4", grad_clip_value=1.0),
    unchecked(Yogi, "YOGI-5", "betas", "beta1", "beta2"),
    shell(Yogi, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Yogi, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# ------------------------------------------------------------------------------------------------------ AdaBelief


def adabelief(
    deviation: Callable[..., Any] = lambda g, m, before: (g - m) ** 2,
    kept: Callable[..., Any] = lambda s, eps: s + eps,
    divisor: Callable[..., Any] = root_plus_eps,
    second: Callable[..., Any] = lambda s, beta2, k: s / (1 - beta2**k),
) -> Callable[..., Any]:
    """AdaBelief of another deviation, with another ε in what it keeps, in its divisor, or with another correction."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
        m = beta1 * slots["m"] + (1 - beta1) * g
        s = kept(beta2 * slots["s"] + (1 - beta2) * deviation(g, m, slots["m"]), eps)
        return p - lr * m / (1 - beta1**k) / divisor(second(s, beta2, k), eps), {"m": m, "s": s}

    return apply


def epsilon_not_kept(g: Any, slots: Any, p: Any, lr: Any, k: Any, eps: Any, **hyper: Any) -> Any:
    """Added to s where it is used, and again to the root, but not to what is kept."""
    stepped, new_slots = AdaBelief.apply(g, slots, p, lr, k, eps=eps, **hyper)
    return stepped, new_slots | {"s": new_slots["s"] - eps}


def epsilon_averaged(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta2: Any, eps: Any, **hyper: Any) -> Any:
    """Inside the average, and so (1 − β₂) of it."""
    _, new_slots = AdaBelief.apply(g, slots, p, lr, k, beta2=beta2, eps=(1 - beta2) * eps, **hyper)
    m_hat, s_hat = new_slots["m"] / (1 - hyper["beta1"] ** k), new_slots["s"] / (1 - beta2**k)
    return p - lr * m_hat / root_plus_eps(s_hat, eps), new_slots


FAULTS += [
    rule(AdaBelief, "Adam", "BELIEF-1", adabelief(lambda g, m, before: g**2)),
    rule(AdaBelief, "mean of the step before", "BELIEF-1", adabelief(lambda g, m, before: (g - before) ** 2)),
    rule(AdaBelief, "change of the mean", "BELIEF-1", adabelief(lambda g, m, before: (m - before) ** 2)),
    rule(AdaBelief, "absolute deviation", "BELIEF-1", adabelief(lambda g, m, before: jnp.abs(g - m))),
    rule(AdaBelief, "betas swapped", "BELIEF-1", betas_swapped(AdaBelief)),
    ignoring(AdaBelief, "first beta ignored", "BELIEF-1", beta1=0.9),
    rule(AdaBelief, "constant epsilon of optax", "BELIEF-1", adabelief(kept=lambda s, eps: s + 1e-16)),
    rule(AdaBelief, "epsilon not kept", "BELIEF-1", epsilon_not_kept),
    rule(AdaBelief, "epsilon averaged", "BELIEF-1", epsilon_averaged),
    rule(AdaBelief, "epsilon outside alone", "BELIEF-2", adabelief(kept=lambda s, eps: s)),
    rule(AdaBelief, "epsilon inside alone", "BELIEF-2", adabelief(divisor=lambda s, eps: jnp.sqrt(s))),
    rule(AdaBelief, "both epsilons inside the root", "BELIEF-2", adabelief(divisor=root_of_both)),
    rule(AdaBelief, "root forgotten", "BELIEF-2", adabelief(divisor=lambda s, eps: s + eps)),
    rule(AdaBelief, "no bias correction", "BELIEF-3", not_corrected(AdaBelief)),
    rule(AdaBelief, "variance not corrected", "BELIEF-3", adabelief(second=lambda s, beta2, k: s)),
    defaulting(AdaBelief, "epsilon of Adam", "BELIEF-4", eps=1e-8),
    defaulting(AdaBelief, "epsilon of 1e-12", "BELIEF-4", eps=1e-12),
    defaulting(AdaBelief, "second beta of 0.99", "BELIEF-4", betas=(0.9, 0.99)),
    defaulting(AdaBelief, "rate of 0.01", "BELIEF-4", lr=1e-2),
    defaulting(AdaBelief, "clipped by default", "BELIEF-4", grad_clip_norm=1.0),
    unchecked(AdaBelief, "BELIEF-5", "betas", "beta1", "beta2"),
    shell(AdaBelief, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(AdaBelief, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
