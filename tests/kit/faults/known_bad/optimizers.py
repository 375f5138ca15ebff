"""Optimizers with a wrong rule, or with a wrong idea of their rate."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax.numpy as jnp
from optimspec import SGD, SM3, Adadelta, Adafactor, Fromage, Lars, Momentum, MomentumNesterov, Optimizer, Rprop

from .broken_class import with_members, with_rule


def norm(x: Any) -> Any:
    return jnp.sqrt(jnp.sum(x**2))


def ratio(numerator: Any, denominator: Any) -> Any:
    """1 where one of them is 0."""
    positive = (numerator > 0) & (denominator > 0)
    return jnp.where(positive, numerator / jnp.where(denominator > 0, denominator, 1), 1)


# ------------------------------------------------------------------------------------------------------------ the rate


def rate_inside_the_momentum(base: Any) -> Callable[..., Any]:
    return lambda g, slots, p, lr, k, **hyper: base.apply(lr * g, slots, p, 1.0, k, **hyper)


def rate_ignored(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return Adadelta.apply(g, slots, p, jnp.where(lr > 0, 1.0, 0.0), k, **hyper)


def half_precision_widened(self: Any, grads: Any) -> None:
    """Returns the weights in the precision that it computes in."""
    Optimizer.step(self, grads)
    for weight in self._weights.values():
        weight.state.value = weight.state.value.astype(jnp.promote_types(weight.state.value.dtype, jnp.float32))


BROKEN = [
    with_rule(SGD, "rate inside the momentum", "SGD-5", rate_inside_the_momentum(SGD)),
    with_rule(Momentum, "rate inside the momentum", "MOM-3", rate_inside_the_momentum(Momentum)),
    with_rule(MomentumNesterov, "rate inside the momentum", "NEST-3", rate_inside_the_momentum(MomentumNesterov)),
    with_rule(Adadelta, "rate ignored", "ADAD-4", rate_ignored),
    with_members(
        SGD, "current_lr of construction", "OPT-3", current_lr=property(lambda self: self._scheduler.base_lrs[0])
    ),
    with_members(SGD, "half precision widened", "OPT-11", step=half_precision_widened),
]


# --------------------------------------------------------------------------------------------------------------- Rprop


def rprop(
    turning: Callable[..., Any] = lambda g, last, k: jnp.sign(g) * jnp.sign(last),
    remember: Callable[..., Any] = lambda g, last, turn: jnp.where(turn < 0, 0, g),
    at_rate_0: bool = False,
) -> Callable[..., Any]:
    """Rprop with another idea of a turn or of what it remembers, or that goes on at a rate of 0."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, shrink: Any, grow: Any, smallest: Any, largest: Any) -> Any:
        before, last = slots["size"], slots["last"]
        turn = turning(g, last, k)
        size = before * jnp.where(turn < 0, shrink, jnp.where(turn > 0, grow, 1))
        rate = jnp.where(lr > 0, lr, 1)
        grown = jnp.minimum(size, jnp.maximum(before, largest / rate))
        shrunk = jnp.maximum(size, jnp.minimum(before, smallest / rate))
        limited = jnp.where(turn > 0, grown, jnp.where(turn < 0, shrunk, size))
        size = jnp.where(lr > 0, limited, size if at_rate_0 else before)
        return p - lr * size * jnp.sign(jnp.where(turn < 0, 0, g)), {"size": size, "last": remember(g, last, turn)}

    return apply


def zero_turns(to: int) -> Callable[..., Any]:
    """A gradient of 0, or one after it, is taken for a turn (-1), or for none (1)."""

    def turning(g: Any, last: Any, k: Any) -> Any:
        turn = jnp.sign(g) * jnp.sign(last)
        return jnp.where((turn == 0) & (k > 1), to, turn)

    return turning


def last_gradient_that_was_not_zero(g: Any, last: Any, turn: Any) -> Any:
    return jnp.where(turn < 0, 0, jnp.where(g == 0, last, g))


BROKEN += [
    with_rule(Rprop, "zero is a change", "RPROP-4", rprop(zero_turns(-1))),
    with_rule(Rprop, "zero is no change", "RPROP-4", rprop(zero_turns(1))),
    with_rule(Rprop, "zeros not remembered", "RPROP-4", rprop(remember=last_gradient_that_was_not_zero)),
    with_rule(Rprop, "grows at rate 0", "RPROP-10", rprop(at_rate_0=True)),
]


# -------------------------------------------------------------------------------------- Lars, Fromage: norms and zeros


def decay_elsewhere(scaled: Callable[..., Any]) -> dict[str, Any]:
    """Lars with another summand, of the gradient and its weight decay: ``scaled(g, decay, p, c, eps)``."""

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


def zero_gradient_divided(
    g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, trust_coefficient: Any, eps: Any
) -> Any:
    scale = jnp.where(norm(p) > 0, trust_coefficient * norm(p) / (norm(g) + eps), 1)
    v = momentum * slots["v"] + scale * g
    return p - lr * v, {"v": v}


def smallest_norm_of_the_weight_alone(g: Any, slots: Any, p: Any, lr: Any, k: Any) -> Any:
    return (p - lr * jnp.maximum(norm(p), 1e-6) / norm(g) * g) / jnp.sqrt(1 + lr**2), slots


BROKEN += [
    with_members(Lars, "norms added", "LARS-3", **decay_elsewhere(norms_added)),
    with_members(Lars, "norm before the decay", "LARS-3", **decay_elsewhere(norm_before_the_decay)),
    with_members(Lars, "decay not scaled", "LARS-3", **decay_elsewhere(decay_not_scaled)),
    with_rule(Lars, "zero gradient divided", "LARS-4", zero_gradient_divided),
    with_rule(Fromage, "smallest norm of the weight alone", "FROM-2", smallest_norm_of_the_weight_alone),
]


# ----------------------------------------------------------------------------- SM3, Adafactor: shapes and accumulators


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


def divided_by_zero(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, eps: Any) -> Any:
    """nan where a sum of squares and epsilon are 0."""
    stepped, new_slots = SM3.apply(g, slots, p, lr, k, momentum, eps)
    axes = range(max(g.ndim, 1))
    covers = (jnp.expand_dims(slots[f"axis{i}"], [axis for axis in axes if axis != i]) for i in axes)
    v = (reduce(jnp.minimum, covers) + g**2).reshape(g.shape)
    return jnp.where(v + eps > 0, stepped, jnp.nan), new_slots


def product_not_divided(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """rows · columns for the second moment of a matrix, where there is no momentum."""
    stepped, new_slots = Adafactor.apply(g, slots, p, lr, k, **hyper)
    if p.ndim != 2 or not hyper["factored"] or hyper["beta1"] is not None:
        return stepped, new_slots
    u = g / jnp.sqrt(new_slots["rows"][:, None] * new_slots["columns"])
    u = u / jnp.maximum(1, jnp.sqrt(jnp.mean(u**2)) / hyper["clip_threshold"])
    size = jnp.maximum(hyper["eps2"], jnp.sqrt(jnp.mean(p**2))) * jnp.minimum(0.01, k**-0.5)
    return p - lr * (size if hyper["relative"] else 1) * (u + hyper["weight_decay"] * p), new_slots


BROKEN += [
    with_rule(SM3, "nothing for a scalar", "SMTHREE-2", nothing_for_a_scalar),
    with_rule(SM3, "a scalar not accumulated", "SMTHREE-2", scalar_forgotten),
    with_members(SM3, "a scalar refused", "SMTHREE-2", init_slots=staticmethod(no_slots_for_a_scalar)),
    with_rule(SM3, "divided by zero", "SMTHREE-3", divided_by_zero),
    with_rule(Adafactor, "product not divided", "FACTOR-2", product_not_divided),
]
