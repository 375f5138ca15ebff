"""Optimizers that go wrong where weights, gradients or rates have another size than usual."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from optimspec import SGD, Adagrad, Adam, Momentum, RMSprop, Rprop

from .fault import rule


def in_float32(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """Computes in float32, and gives float64 back."""
    narrow_g, narrow_slots, narrow_p = jax.tree.map(lambda array: array.astype(jnp.float32), (g, slots, p))
    stepped = Adam.apply(narrow_g, narrow_slots, narrow_p, lr, k, **hyper)
    return jax.tree.map(lambda array: array.astype(p.dtype), stepped)


def never_without_epsilon(g: Any, slots: Any, p: Any, lr: Any, k: Any, eps: Any, **hyper: Any) -> Any:
    return Adagrad.apply(g, slots, p, lr, k, eps=eps + 1e-30, **hyper)


def huge_gradients_clipped(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return Momentum.apply(jnp.clip(g, -1e6, 1e6), slots, p, lr, k, **hyper)


def rate_bounded(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return SGD.apply(g, slots, p, jnp.minimum(lr, 0.1), k, **hyper)


def epsilon_at_least_its_default(g: Any, slots: Any, p: Any, lr: Any, k: Any, eps: Any, **hyper: Any) -> Any:
    return Adam.apply(g, slots, p, lr, k, eps=jnp.maximum(eps, 1e-8), **hyper)


def gradients_clipped_unasked(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return RMSprop.apply(jnp.clip(g, -1, 1), slots, p, lr, k, **hyper)


def step_as_large_as_the_gradient(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    stepped, new_slots = Rprop.apply(g, slots, p, lr, k, **hyper)
    return p + (stepped - p) * jnp.abs(g), new_slots


FAULTS = [
    rule(Adam, "in float32", "NUM-5", in_float32),
    rule(Adagrad, "never without epsilon", "NUM-5", never_without_epsilon),
    rule(Momentum, "huge gradients clipped", "NUM-5", huge_gradients_clipped),
    rule(SGD, "rate bounded", "OPT-41", rate_bounded),
    rule(Adam, "epsilon at least its default", "OPT-42", epsilon_at_least_its_default),
    rule(RMSprop, "gradients clipped unasked", "OPT-42", gradients_clipped_unasked),
    rule(Rprop, "step as large as the gradient", "OPT-43", step_as_large_as_the_gradient),
]
