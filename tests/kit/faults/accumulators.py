"""Momentum, MomentumNesterov, Adagrad and Adadelta, wrong in what they gather and in how they use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from optimspec import Adadelta, Adagrad, Momentum, MomentumNesterov

from .fault import defaulting, ignoring, rule, shell
from .optimizers import count_reset_by_a_load, slots_dropped_by_a_load

# -------------------------------------------------------------------------------------- Momentum, MomentumNesterov


def dampened(base: Any) -> Callable[..., Any]:
    return lambda g, slots, p, lr, k, momentum: base.apply((1 - momentum) * g, slots, p, lr, k, momentum)


def dampened_but_for_the_first(base: Any) -> Callable[..., Any]:
    """As PyTorch does it where it is asked to."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any) -> Any:
        return base.apply(jnp.where(k > 1, 1 - momentum, 1) * g, slots, p, lr, k, momentum)

    return apply


def rate_inside_the_momentum(base: Any) -> Callable[..., Any]:
    return lambda g, slots, p, lr, k, **hyper: base.apply(lr * g, slots, p, 1.0, k, **hyper)


def decay_decoupled(base: Any) -> Callable[..., Any]:
    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, weight_decay: Any, **hyper: Any) -> Any:
        stepped, new_slots = base.apply(g, slots, p, lr, k, **hyper)
        return stepped - lr * weight_decay * p, new_slots

    return apply


def gradient_counted_in_the_momentum_alone(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any) -> Any:
    v = momentum * slots["v"] + g
    return p - lr * momentum * v, {"v": v}


def looking_two_steps_ahead(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any) -> Any:
    v = momentum * slots["v"] + g
    return p - lr * (g + momentum * (g + momentum * v)), {"v": v}


FAULTS = [
    rule(Momentum, "nesterov", "MOM-1", MomentumNesterov.apply),
    ignoring(Momentum, "momentum ignored", "MOM-1", momentum=0.0),
    rule(Momentum, "dampened but for the first", "MOM-1", dampened_but_for_the_first(Momentum)),
    rule(Momentum, "dampened", "MOM-2", dampened(Momentum)),
    rule(Momentum, "rate inside the momentum", "MOM-3", rate_inside_the_momentum(Momentum)),
    defaulting(Momentum, "no momentum by default", "MOM-4", momentum=0.0),
    shell(Momentum, "decay decoupled", "OPT-39", coupled=False, apply=staticmethod(decay_decoupled(Momentum))),
    shell(Momentum, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    rule(MomentumNesterov, "nesterov ignored", "NEST-1", Momentum.apply),
    rule(MomentumNesterov, "gradient in the momentum alone", "NEST-1", gradient_counted_in_the_momentum_alone),
    rule(MomentumNesterov, "looks two steps ahead", "NEST-1", looking_two_steps_ahead),
    rule(MomentumNesterov, "dampened", "NEST-2", dampened(MomentumNesterov)),
    rule(MomentumNesterov, "rate inside the momentum", "NEST-3", rate_inside_the_momentum(MomentumNesterov)),
    defaulting(MomentumNesterov, "no momentum by default", "NEST-4", momentum=0.0),
    shell(MomentumNesterov, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]


# -------------------------------------------------------------------------------------------------------- Adagrad


def root_of_both(total: Any, eps: Any) -> Any:
    return jnp.sqrt(total + eps)


def root_plus_eps(total: Any, eps: Any) -> Any:
    return jnp.sqrt(total) + eps


def adagrad(
    gather: Callable[..., Any] = lambda total, g: total + g**2,
    decayed: Callable[..., Any] = lambda lr, k, lr_decay: lr / (1 + (k - 1) * lr_decay),
    divisor: Callable[..., Any] = root_of_both,
) -> Callable[..., Any]:
    """Adagrad of another sum, with another decay of the rate, or with another divisor of the step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, lr_decay: Any, eps: Any, **_: Any) -> Any:
        total = gather(slots["sum"], g)
        return p - decayed(lr, k, lr_decay) * g / divisor(total, eps), {"sum": total}

    return apply


def mean_like_rmsprops(total: Any, g: Any) -> Any:
    return 0.9 * total + 0.1 * g**2


def sum_of_absolute_values(total: Any, g: Any) -> Any:
    return total + jnp.abs(g)


def sum_over_the_whole_weight(total: Any, g: Any) -> Any:
    return total + jnp.sum(g**2)


def decayed_from_the_first_step(lr: Any, k: Any, lr_decay: Any) -> Any:
    return lr / (1 + k * lr_decay)


def decayed_by_a_power(lr: Any, k: Any, lr_decay: Any) -> Any:
    return lr / (1 + lr_decay) ** (k - 1)


def initial_accumulator_squared(p: Any, initial_accumulator_value: Any, **_: Any) -> Any:
    return {"sum": jnp.full_like(p, initial_accumulator_value**2)}


def initial_accumulator_ignored(p: Any, **_: Any) -> Any:
    return {"sum": jnp.zeros_like(p)}


FAULTS += [
    rule(Adagrad, "RMSprop", "ADAG-1", adagrad(mean_like_rmsprops)),
    rule(Adagrad, "sum of absolute values", "ADAG-1", adagrad(sum_of_absolute_values)),
    rule(Adagrad, "sum over the whole weight", "ADAG-1", adagrad(sum_over_the_whole_weight)),
    shell(Adagrad, "initial accumulator ignored", "ADAG-1", init_slots=staticmethod(initial_accumulator_ignored)),
    shell(Adagrad, "initial accumulator squared", "ADAG-1", init_slots=staticmethod(initial_accumulator_squared)),
    rule(Adagrad, "epsilon outside the root", "ADAG-2", adagrad(divisor=root_plus_eps)),
    ignoring(Adagrad, "lr_decay ignored", "ADAG-3", lr_decay=0.0),
    rule(Adagrad, "lr_decay from the first step", "ADAG-3", adagrad(decayed=decayed_from_the_first_step)),
    rule(Adagrad, "lr_decay by a power", "ADAG-3", adagrad(decayed=decayed_by_a_power)),
    defaulting(Adagrad, "initial accumulator of Keras", "ADAG-4", initial_accumulator_value=0.1),
    shell(Adagrad, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Adagrad, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]


# ------------------------------------------------------------------------------------------------------- Adadelta


def adadelta(
    gather: Callable[..., Any] = lambda square, g, rho: rho * square + (1 - rho) * g**2,
    delta: Callable[..., Any] = lambda x, square, eps, rho: jnp.sqrt(x + eps) / jnp.sqrt(square + eps),
    remember: Callable[..., Any] = lambda delta, g, lr: delta,
) -> Callable[..., Any]:
    """Adadelta of another mean square, with another update, or that remembers something else of it."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, rho: Any, eps: Any) -> Any:
        square = gather(slots["square"], g, rho)
        moved = delta(slots["update"], square, eps, rho) * g
        update = rho * slots["update"] + (1 - rho) * remember(moved, g, lr) ** 2
        return p - lr * moved, {"square": square, "update": update}

    return apply


def rho_for_the_new_part(square: Any, g: Any, rho: Any) -> Any:
    return (1 - rho) * square + rho * g**2


def both_epsilons_outside(x: Any, square: Any, eps: Any, rho: Any) -> Any:
    return (jnp.sqrt(x) + eps) / (jnp.sqrt(square) + eps)


def epsilon_below_outside(x: Any, square: Any, eps: Any, rho: Any) -> Any:
    return jnp.sqrt(x + eps) / (jnp.sqrt(square) + eps)


def units_of_the_weights_forgotten(x: Any, square: Any, eps: Any, rho: Any) -> Any:
    return 1 / jnp.sqrt(square + eps)


def updated_before_use(g: Any, slots: Any, p: Any, lr: Any, k: Any, rho: Any, eps: Any) -> Any:
    """Moves by the mean square of the updates that has this update in it."""
    _, new_slots = Adadelta.apply(g, slots, p, lr, k, rho, eps)
    delta = jnp.sqrt(new_slots["update"] + eps) / jnp.sqrt(new_slots["square"] + eps) * g
    return p - lr * delta, new_slots


def rate_ignored(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return Adadelta.apply(g, slots, p, jnp.where(lr > 0, 1.0, 0.0), k, **hyper)


FAULTS += [
    rule(Adadelta, "rho for the new part", "ADAD-1", adadelta(rho_for_the_new_part)),
    rule(Adadelta, "squares added up", "ADAD-1", adadelta(lambda square, g, rho: square + g**2)),
    rule(Adadelta, "both epsilons outside", "ADAD-2", adadelta(delta=both_epsilons_outside)),
    rule(Adadelta, "epsilon below outside", "ADAD-2", adadelta(delta=epsilon_below_outside)),
    rule(Adadelta, "RMSprop", "ADAD-2", adadelta(delta=units_of_the_weights_forgotten)),
    rule(Adadelta, "X updated before use", "ADAD-2", updated_before_use),
    rule(Adadelta, "scaled updates remembered", "ADAD-3", adadelta(remember=lambda delta, g, lr: lr * delta)),
    rule(Adadelta, "gradients remembered", "ADAD-3", adadelta(remember=lambda delta, g, lr: g)),
    rule(Adadelta, "rate ignored", "ADAD-4", rate_ignored),
    defaulting(Adadelta, "rate of Keras", "ADAD-5", lr=0.001),
    shell(Adadelta, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
]
