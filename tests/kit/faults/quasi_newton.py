"""LBFGS, wrong in its pairs, its recursion and its first scale, and in which weights are one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import LBFGS, Optimizer

from .fault import Fault, defaulting, ignoring, rule, shell
from .optimizers import count_reset_by_a_load, slots_dropped_by_a_load, wipe_slots


def of_the_latest(s: Any, y: Any) -> Any:
    sy = jnp.sum(s * y, axis=1)[-1]
    return jnp.where(sy == 0, 1, sy / jnp.sum(y[-1] ** 2))


def at_first(g: Any) -> Any:
    return jnp.minimum(1, 1 / jnp.sqrt(jnp.sum(g**2)))


def inverse(products: Any) -> Any:
    """0 where a product is 0."""
    return jnp.where(products == 0, 0, 1 / jnp.where(products == 0, 1, products))


def two_loops(g: Any, s: Any, y: Any, rho: Any, gamma: Any, order: Callable[..., Any] = reversed) -> Any:
    direction, weights = g, {}
    rows = range(len(s))
    for i in order(rows):
        weights[i] = rho[i] * jnp.sum(s[i] * direction)
        direction = direction - weights[i] * y[i]
    direction = gamma * direction
    for i in reversed(list(order(rows))):
        direction = direction + (weights[i] - rho[i] * jnp.sum(y[i] * direction)) * s[i]
    return direction


def earliest_first(g: Any, s: Any, y: Any, rho: Any, gamma: Any) -> Any:
    return two_loops(g, s, y, rho, gamma, order=list)


def one_loop(g: Any, s: Any, y: Any, rho: Any, gamma: Any) -> Any:
    direction = g
    for i in reversed(range(len(s))):
        direction = direction - rho[i] * jnp.sum(s[i] * direction) * y[i]
    return gamma * direction


def kept(rows: Any, latest: Any, s: Any, y: Any) -> Any:
    """The oldest row makes room."""
    return jnp.concatenate([rows[1:], latest[None]])


def lbfgs(
    latest: Callable[..., Any] = lambda p, g, slots: (p - slots["p"], g - slots["g"]),
    keep: Callable[..., Any] = kept,
    curvature: Callable[..., Any] = lambda s, y: inverse(jnp.sum(s * y, axis=1)),
    gamma: Callable[..., Any] = of_the_latest,
    first: Callable[..., Any] = at_first,
    unscaled: Callable[..., Any] = lambda gamma, k: 1,
    search: Callable[..., Any] = two_loops,
) -> Callable[..., Any]:
    """LBFGS of other pairs, that keeps them, scales or searches in another way."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, memory_size: Any, scale_init_precond: bool) -> Any:
        pair = [jnp.where(k > 1, part, 0) for part in latest(p, g, slots)]
        s, y = (keep(slots[name], part, *pair) for name, part in zip(("s", "y"), pair, strict=True))
        scale = jnp.where(k > 1, gamma(s, y), first(g))
        scale = scale if scale_init_precond else unscaled(scale, k)
        direction = search(g, s, y, curvature(s, y), scale)
        return p - lr * direction, {"s": s, "y": y, "p": p, "g": g}

    return apply


def kept_where_curved(rows: Any, latest: Any, s: Any, y: Any) -> Any:
    return jnp.where(jnp.sum(s * y) == 0, rows, kept(rows, latest, s, y))


def kept_where_it_rises(rows: Any, latest: Any, s: Any, y: Any) -> Any:
    """PyTorch's: a pair whose s·y is not positive is forgotten."""
    return jnp.where(jnp.sum(s * y) > 1e-10, kept(rows, latest, s, y), rows)


def of_the_oldest(s: Any, y: Any) -> Any:
    products = jnp.sum(s * y, axis=1)
    oldest = jnp.argmax(products != 0)
    return jnp.where(products[oldest] == 0, 1, products[oldest] / jnp.sum(y[oldest] ** 2))


def of_the_latest_that_is_curved(s: Any, y: Any) -> Any:
    products = jnp.sum(s * y, axis=1)
    last = len(products) - 1 - jnp.argmax(products[::-1] != 0)
    return jnp.where(products[last] == 0, 1, products[last] / jnp.sum(y[last] ** 2))


def upside_down(s: Any, y: Any) -> Any:
    gamma = of_the_latest(s, y)
    return jnp.where(gamma == 0, 1, 1 / gamma)


def of_the_steps(s: Any, y: Any) -> Any:
    sy = jnp.sum(s * y, axis=1)[-1]
    return jnp.where(sy == 0, 1, jnp.sum(s[-1] ** 2) / sy)


def not_looked_at(s: Any, y: Any) -> Any:
    """optax's: 0 after a step that did not move."""
    return jnp.sum(s[-1] * y[-1]) / jnp.maximum(jnp.sum(y[-1] ** 2), 1e-300)


def another_memory(name: str, requirement: str, size: Callable[[Any], Any]) -> Fault:
    def init_slots(p: Any, memory_size: Any, **hyper: Any) -> Any:
        return LBFGS.init_slots(p, memory_size=size(memory_size), **hyper)

    return shell(LBFGS, name, requirement, init_slots=staticmethod(init_slots))


def each_weight_flat(p: Any, **hyper: Any) -> Any:
    return LBFGS.init_slots(p.ravel(), **hyper)


def each_weight_alone(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    stepped, new_slots = LBFGS.apply(g.ravel(), slots, p.ravel(), lr, k, **hyper)
    return stepped.reshape(p.shape), new_slots


def alike_in(name: str) -> Callable[..., None]:
    """All weights step with the first one's group, or count, and so as one vector."""

    def step(self: Any, grads: Any) -> None:
        weights = [self._weights[key] for key in grads]
        own = [getattr(weight, name) for weight in weights]
        for weight in weights:
            setattr(weight, name, own[0])
        LBFGS.step(self, grads)
        for weight, value in zip(weights, own, strict=True):
            setattr(weight, name, value + (name == "k"))

    return step


def pairs_dropped_by_a_load(self: Any, state: Any) -> None:
    """The last weight and gradient stay."""
    Optimizer.load_state_dict(self, state)
    stay = [[(leaf["p"], leaf["g"]) for leaf in weight.slots] for weight in self._weights.values()]
    wipe_slots(self)
    for weight, leaves in zip(self._weights.values(), stay, strict=True):
        for leaf, (p, g) in zip(weight.slots, leaves, strict=True):
            leaf.update(p=p, g=g)


FAULTS = [
    rule(LBFGS, "steepest descent", "LBFGS-1", lbfgs(search=lambda g, s, y, rho, gamma: gamma * g)),
    rule(LBFGS, "one loop", "LBFGS-1", lbfgs(search=one_loop)),
    rule(LBFGS, "loops in the other order", "LBFGS-1", lbfgs(search=earliest_first)),
    rule(LBFGS, "y with the wrong sign", "LBFGS-1", lbfgs(lambda p, g, slots: (p - slots["p"], slots["g"] - g))),
    rule(LBFGS, "s with the wrong sign", "LBFGS-1", lbfgs(lambda p, g, slots: (slots["p"] - p, g - slots["g"]))),
    rule(LBFGS, "s and y exchanged", "LBFGS-1", lbfgs(lambda p, g, slots: (g - slots["g"], p - slots["p"]))),
    rule(LBFGS, "divided by y·y", "LBFGS-1", lbfgs(curvature=lambda s, y: inverse(jnp.sum(y * y, axis=1)))),
    rule(LBFGS, "falling pairs forgotten", "LBFGS-1", lbfgs(keep=kept_where_it_rises)),
    rule(LBFGS, "falling pairs turned", "LBFGS-1", lbfgs(curvature=lambda s, y: inverse(jnp.abs(jnp.sum(s * y, 1))))),
    another_memory("memory one too long", "LBFGS-2", lambda size: size + 1),
    another_memory("memory one too short", "LBFGS-2", lambda size: max(size - 1, 1)),
    another_memory("memory_size ignored", "LBFGS-2", lambda size: 10),
    rule(LBFGS, "gamma of the oldest pair", "LBFGS-3", lbfgs(gamma=of_the_oldest)),
    rule(LBFGS, "gamma upside down", "LBFGS-3", lbfgs(gamma=upside_down)),
    rule(LBFGS, "gamma of the steps", "LBFGS-3", lbfgs(gamma=of_the_steps)),
    ignoring(LBFGS, "no gamma", "LBFGS-3", scale_init_precond=False),
    rule(LBFGS, "no gamma in the first step", "LBFGS-3", lbfgs(first=lambda g: 1)),
    rule(LBFGS, "first step of unit length", "LBFGS-3", lbfgs(first=lambda g: 1 / jnp.sqrt(jnp.sum(g**2)))),
    rule(LBFGS, "first gamma of PyTorch", "LBFGS-3", lbfgs(first=lambda g: jnp.minimum(1, 1 / jnp.sum(jnp.abs(g))))),
    ignoring(LBFGS, "always scaled", "LBFGS-4", scale_init_precond=True),
    rule(LBFGS, "first step always scaled", "LBFGS-4", lbfgs(unscaled=lambda gamma, k: jnp.where(k == 1, gamma, 1))),
    rule(LBFGS, "stands still", "LBFGS-5", lbfgs(gamma=not_looked_at)),
    rule(LBFGS, "divided by zero", "LBFGS-5", lbfgs(curvature=lambda s, y: 1 / jnp.sum(s * y, axis=1))),
    rule(LBFGS, "flat pairs not counted", "LBFGS-5", lbfgs(keep=kept_where_curved)),
    rule(LBFGS, "gamma of the latest curved pair", "LBFGS-5", lbfgs(gamma=of_the_latest_that_is_curved)),
    shell(
        LBFGS,
        "each weight alone",
        "LBFGS-6",
        joint=False,
        init_slots=staticmethod(each_weight_flat),
        apply=staticmethod(each_weight_alone),
    ),
    shell(LBFGS, "all groups together", "LBFGS-6", step=alike_in("group")),
    shell(LBFGS, "all counts together", "LBFGS-6", step=alike_in("k")),
    defaulting(LBFGS, "memory of PyTorch", "LBFGS-7", memory_size=100),
    defaulting(LBFGS, "memory of 5", "LBFGS-7", memory_size=5),
    defaulting(LBFGS, "not scaled by default", "LBFGS-7", scale_init_precond=False),
    defaulting(LBFGS, "rate of 0.1", "LBFGS-7", lr=0.1),
    defaulting(LBFGS, "clipped by default", "LBFGS-7", grad_clip_norm=1.0),
    shell(LBFGS, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(LBFGS, "pairs dropped by a load", "STA-7", load_state_dict=pairs_dropped_by_a_load),
    shell(LBFGS, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
