"""SGD, Adam and RMSprop, wrong in their rules and in what surrounds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from optimspec import SGD, Adam, Optimizer, RMSprop

from .fault import ignoring, rule, shell

# ----------------------------------------------------------------------------------------------------------- Adam


def root_plus_eps(v_hat: Any, eps: Any) -> Any:
    return jnp.sqrt(v_hat) + eps


def root_of_both(v_hat: Any, eps: Any) -> Any:
    return jnp.sqrt(v_hat + eps)


def adam(square: Callable[..., Any] = jnp.square, divisor: Callable[..., Any] = root_plus_eps) -> Callable[..., Any]:
    """Adam of another square of the gradient, or with another divisor of the step."""

    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, amsgrad: bool) -> Any:
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * square(g)
        new_slots = {"m": m, "v": v}
        m_hat, v_hat = m / (1 - beta1**k), v / (1 - beta2**k)
        if amsgrad:
            v_hat = new_slots["v_max"] = jnp.maximum(slots["v_max"], v_hat)
        return p - lr * m_hat / divisor(v_hat, eps), new_slots

    return apply


def no_bias_correction(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    """Every step is corrected like one at infinity, which is not at all."""
    return Adam.apply(g, slots, p, lr, jnp.inf, **hyper)


def betas_swapped(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, **hyper: Any) -> Any:
    return Adam.apply(g, slots, p, lr, k, beta1=beta2, beta2=beta1, **hyper)


def amsgrad_as_in_pytorch(
    g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, amsgrad: bool
) -> Any:
    """Corrects the largest v, instead of keeping the largest corrected v."""
    stepped, new_slots = Adam.apply(g, slots, p, lr, k, beta1, beta2, eps, amsgrad=False)
    if amsgrad:
        v_max = new_slots["v_max"] = jnp.maximum(slots["v_max"], new_slots["v"])
        m_hat, v_hat = new_slots["m"] / (1 - beta1**k), v_max / (1 - beta2**k)
        stepped = p - lr * m_hat / (jnp.sqrt(v_hat) + eps)
    return stepped, new_slots


def amsgrad_ignored(g: Any, slots: Any, p: Any, lr: Any, k: Any, amsgrad: bool, **hyper: Any) -> Any:
    stepped, new_slots = Adam.apply(g, slots, p, lr, k, **hyper, amsgrad=False)
    return stepped, slots | new_slots


FAULTS = [
    rule(Adam, "no bias correction", "ADAM-2", no_bias_correction),
    rule(Adam, "epsilon inside the root", "ADAM-3", adam(divisor=root_of_both)),
    rule(Adam, "betas swapped", "ADAM-1", betas_swapped),
    rule(Adam, "absolute value instead of square", "ADAM-1", adam(square=jnp.abs)),
    rule(Adam, "amsgrad as in PyTorch", "ADAM-4", amsgrad_as_in_pytorch),
    rule(Adam, "amsgrad ignored", "ADAM-4", amsgrad_ignored),
]


# --------------------------------------------------------------------------------------------------- SGD, RMSprop


def dampened(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, **hyper: Any) -> Any:
    return SGD.apply((1 - momentum) * g, slots, p, lr, k, momentum, **hyper)


def rate_inside_the_momentum(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return SGD.apply(lr * g, slots, p, 1.0, k, **hyper)


def epsilon_outside_the_root(
    g: Any, slots: Any, p: Any, lr: Any, k: Any, eps: Any, momentum: Any, centered: bool, **hyper: Any
) -> Any:
    _, new_slots = RMSprop.apply(g, slots, p, lr, k, eps=eps, momentum=momentum, centered=centered, **hyper)
    square, mean = new_slots["square"], new_slots["mean"]
    variance = jnp.maximum(square - mean**2, 0) if centered else square
    v = momentum * slots["momentum"] + g / (jnp.sqrt(variance) + eps)
    return p - lr * v, new_slots | {"momentum": v}


def alpha_for_the_new_part(g: Any, slots: Any, p: Any, lr: Any, k: Any, alpha: Any, **hyper: Any) -> Any:
    return RMSprop.apply(g, slots, p, lr, k, 1 - alpha, **hyper)


FAULTS += [
    rule(SGD, "dampened", "SGD-4", dampened),
    ignoring(SGD, "nesterov ignored", "SGD-3", nesterov=False),
    rule(SGD, "rate inside the momentum", "SGD-5", rate_inside_the_momentum),
    rule(RMSprop, "epsilon outside the root", "RMS-2", epsilon_outside_the_root),
    ignoring(RMSprop, "centred ignored", "RMS-3", centered=False),
    rule(RMSprop, "alpha for the new part", "RMS-1", alpha_for_the_new_part),
    ignoring(RMSprop, "momentum ignored", "RMS-4", momentum=0.0),
]


# ------------------------------------------------------------------------------------------- what surrounds a rule


def stale_rate(self: Any, grads: Any) -> None:
    """Steps with the rate that was current when the weights were registered."""
    moved, self._scheduler._t = self._scheduler._t, 0
    try:
        Optimizer.step(self, grads)
    finally:
        self._scheduler._t = moved


def stepping_the_scheduler(self: Any, grads: Any) -> None:
    Optimizer.step(self, grads)
    self._scheduler.step()


def one_count_for_all_weights(self: Any, grads: Any) -> None:
    Optimizer.step(self, grads)
    count = max((weight.k for weight in self._weights.values()), default=0)
    for weight in self._weights.values():
        weight.k = count


def slots_dropped_by_a_load(self: Any, state: Any) -> None:
    Optimizer.load_state_dict(self, state)
    wipe_slots(self)


def count_reset_by_a_load(self: Any, state: Any) -> None:
    Optimizer.load_state_dict(self, state)
    for weight in self._weights.values():
        weight.k = 0


def slots_wiped_by_registering(self: Any, states: Any) -> None:
    Optimizer.register_trainable_weights(self, states)
    wipe_slots(self)


def wipe_slots(optimizer: Any) -> None:
    with jax.enable_x64(True):
        for weight in optimizer._weights.values():
            weight.slots = [{name: jnp.zeros_like(slot) for name, slot in leaf.items()} for leaf in weight.slots]


def each_weight_its_own_norm(self: Any, grads: Any) -> None:
    for part in [{key: grads[key]} for key in grads] if all_known(self, grads) else [grads]:
        Optimizer.step(self, part)


def updating_in_place(self: Any, grads: Any) -> None:
    """Writes into the array that the user holds."""
    held = {key: self._weights[key].state.value for key in grads} if all_known(self, grads) else {}
    Optimizer.step(self, grads)
    for key, array in held.items():
        if isinstance(array, np.ndarray):
            array[...] = np.asarray(self._weights[key].state.value)
            self._weights[key].state.value = array


def half_precision_widened(self: Any, grads: Any) -> None:
    """Hands back what it computed in."""
    Optimizer.step(self, grads)
    for weight in self._weights.values():
        weight.state.value = weight.state.value.astype(jnp.promote_types(weight.state.value.dtype, jnp.float32))


def weight_by_weight(self: Any, grads: Any) -> None:
    """What comes before a refused gradient has been used by then."""
    try:
        for key in grads:
            Optimizer.step(self, {key: grads[key]})
    except ValueError as error:
        raise TypeError(str(error)) from error


def rate_kept_from_a_load(self: Any, state: Any) -> None:
    Optimizer.load_state_dict(self, state)
    self._kept = self._scheduler.get_last_lr()[0]


def kept_rate(self: Any) -> float:
    return float(getattr(self, "_kept", self._scheduler.get_last_lr()[0]))


def all_known(optimizer: Any, grads: Any) -> bool:
    return isinstance(grads, dict) and set(grads) <= set(optimizer._weights)


def unknown_keys_ignored(self: Any, grads: Any) -> None:
    if isinstance(grads, dict):
        grads = {key: gradient for key, gradient in grads.items() if key in self._weights}
    Optimizer.step(self, grads)


FAULTS += [
    shell(SGD, "stale rate", "OPT-1", step=stale_rate),
    shell(SGD, "steps the scheduler", "OPT-2", step=stepping_the_scheduler),
    shell(SGD, "current_lr of construction", "OPT-3", current_lr=property(lambda self: self._scheduler.base_lrs[0])),
    shell(Adam, "one count for all weights", "OPT-10", step=one_count_for_all_weights),
    shell(SGD, "registering wipes momentum", "OPT-14", register_trainable_weights=slots_wiped_by_registering),
    shell(SGD, "half precision widened", "OPT-11", step=half_precision_widened),
    shell(SGD, "updates in place", "OPT-15", step=updating_in_place),
    shell(RMSprop, "unknown keys ignored", "OPT-23", step=unknown_keys_ignored),
    shell(SGD, "weight by weight", "OPT-26", step=weight_by_weight),
    shell(
        SGD,
        "current_lr kept from a load",
        "OPT-3",
        load_state_dict=rate_kept_from_a_load,
        current_lr=property(kept_rate),
    ),
    shell(SGD, "each weight its own norm", "OPT-36", step=each_weight_its_own_norm),
    shell(SGD, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Adam, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
