"""LBFGS that is wrong in pairs without curvature, and in which weights are one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import LBFGS

from .broken_class import with_members, with_rule

# --------------------------------------------------------------------------------------------- pairs without curvature


def inverse(products: Any) -> Any:
    """0 where a product is 0."""
    return jnp.where(products == 0, 0, 1 / jnp.where(products == 0, 1, products))


def scale_of(s: Any, y: Any) -> Any:
    """1 for a pair without curvature."""
    product = jnp.sum(s * y)
    return jnp.where(product == 0, 1, product / jnp.sum(y**2))


def appended(rows: Any, latest: Any, s: Any, y: Any) -> Any:
    """The oldest row makes room."""
    return jnp.concatenate([rows[1:], latest[None]])


def lbfgs(
    keep: Callable[..., Any] = appended,
    curvature: Callable[..., Any] = lambda s, y: inverse(jnp.sum(s * y, axis=1)),
    gamma: Callable[..., Any] = lambda s, y: scale_of(s[-1], y[-1]),
) -> Callable[..., Any]:
    """LBFGS that keeps its pairs, weights them or scales in another way."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, memory_size: Any, scale_init_precond: bool) -> Any:
        pair = [jnp.where(k > 1, part, 0) for part in (p - slots["p"], g - slots["g"])]
        s, y = (keep(slots[name], part, *pair) for name, part in zip(("s", "y"), pair, strict=True))
        rho, direction, weights = curvature(s, y), g, {}
        for i in reversed(range(len(s))):
            weights[i] = rho[i] * jnp.sum(s[i] * direction)
            direction = direction - weights[i] * y[i]
        if scale_init_precond:
            direction = direction * jnp.where(k > 1, gamma(s, y), jnp.minimum(1, 1 / jnp.sqrt(jnp.sum(g**2))))
        for i in range(len(s)):
            direction = direction + (weights[i] - rho[i] * jnp.sum(y[i] * direction)) * s[i]
        return p - lr * direction, {"s": s, "y": y, "p": p, "g": g}

    return apply


def not_looked_at(s: Any, y: Any) -> Any:
    """optax's: 0 after a step that did not move."""
    return jnp.sum(s[-1] * y[-1]) / jnp.maximum(jnp.sum(y[-1] ** 2), 1e-300)


def appended_where_curved(rows: Any, latest: Any, s: Any, y: Any) -> Any:
    return jnp.where(jnp.sum(s * y) == 0, rows, appended(rows, latest, s, y))


def of_the_latest_that_is_curved(s: Any, y: Any) -> Any:
    products = jnp.sum(s * y, axis=1)
    last = len(products) - 1 - jnp.argmax(products[::-1] != 0)
    return scale_of(s[last], y[last])


BROKEN = [
    with_rule(LBFGS, "stands still", "LBFGS-5", lbfgs(gamma=not_looked_at)),
    with_rule(LBFGS, "divided by zero", "LBFGS-5", lbfgs(curvature=lambda s, y: 1 / jnp.sum(s * y, axis=1))),
    with_rule(LBFGS, "flat pairs not counted", "LBFGS-5", lbfgs(keep=appended_where_curved)),
    with_rule(LBFGS, "gamma of the latest curved pair", "LBFGS-5", lbfgs(gamma=of_the_latest_that_is_curved)),
]


# ---------------------------------------------------------------------------------------- which weights are one vector


def each_weight_flat(p: Any, **hyper: Any) -> Any:
    return LBFGS.init_slots(p.ravel(), **hyper)


def each_weight_alone(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    stepped, new_slots = LBFGS.apply(g.ravel(), slots, p.ravel(), lr, k, **hyper)
    return stepped.reshape(p.shape), new_slots


def all_of_one(name: str) -> Callable[..., None]:
    """All weights step with the first one's group, or count, and so as one vector."""

    def step(self: Any, grads: Any) -> None:
        weights = [self._weights[key] for key in grads]
        values = [getattr(weight, name) for weight in weights]
        for weight in weights:
            setattr(weight, name, values[0])
        LBFGS.step(self, grads)
        for weight, value in zip(weights, values, strict=True):
            setattr(weight, name, value + (name == "k"))

    return step


BROKEN += [
    with_members(
        LBFGS,
        "each weight alone",
        "LBFGS-6",
        joint=False,
        init_slots=staticmethod(each_weight_flat),
        apply=staticmethod(each_weight_alone),
    ),
    with_members(LBFGS, "all groups together", "LBFGS-6", step=all_of_one("group")),
    with_members(LBFGS, "all counts together", "LBFGS-6", step=all_of_one("k")),
]
