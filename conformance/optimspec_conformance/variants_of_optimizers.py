"""Faults that any optimizer can have: in clipping and decay, in groups and counts, in its state and its rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from .faults import Fault, shell
from .optimizers import adam
from .oracle_optimizer import FixedRates

# ------------------------------------------------------------------------------------ where they make a difference


def decaying(model: Any) -> bool:
    return bool(model.decays)


def with_coupled_decay(model: Any) -> bool:
    return bool(model.coupled and model.decays)


def counting(model: Any) -> bool:
    """Its rule depends on k."""
    return bool(model.counts)


def with_slots(model: Any) -> bool:
    """``slots`` names those that start at zero; rules of shapes and of joint arrays make their own."""
    return bool(model.slots) or model.wraps or model.shaped or model.joint


def with_graded_slots(model: Any) -> bool:
    """The size of a slot matters: not where a rule takes the sign of it, as one that follows no sizes at all."""
    return with_slots(model) and model.laws.get("OPT-42") != {}


def remembering(model: Any) -> bool:
    """A state has something for its rule."""
    return with_slots(model) or counting(model)


def follows_sizes(model: Any) -> bool:
    """The sizes of gradients matter, not their signs alone."""
    return "OPT-43" not in model.laws


# --------------------------------------------------------------------------------------------- clipping and decay


def each_alone(own: Any, right: Any, arrays: Any) -> Any:
    return {key: right({key: g})[key] for key, g in arrays.items()}


def each_group_alone(own: Any, right: Any, arrays: Any) -> Any:
    clipped: dict[Any, Any] = {}
    for group in range(len(own.groups)):
        clipped |= right({key: g for key, g in arrays.items() if own.weights[key].group == group})
    return {key: clipped[key] for key in arrays}


def not_clipped(own: Any, right: Any, arrays: Any) -> Any:
    return arrays


def value_first(own: Any, right: Any, arrays: Any) -> Any:
    return right(type(own).clip_value(own, arrays))


def after_decay(own: Any, right: Any, arrays: Any) -> Any:
    """What is added to a gradient later is taken off again here."""
    decays = {key: own.arithmetic.scalar(own.groups[own.weights[key].group]) * own.weights[key].value for key in arrays}
    clipped = right({key: g + decays[key] for key, g in arrays.items()})
    return {key: g - decays[key] for key, g in clipped.items()}


def decoupled(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return right(g - decay * p, slots, p, lr, k, shape, decay) - lr * decay * p


def undecayed(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return right(g - decay * p, slots, p, lr, k, shape, decay)


def rate_twice(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return p - lr * (p - right(g, slots, p, lr, k, shape, decay))


def rate_ignored(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return right(g, slots, p, 1 + 0 * lr, k, shape, decay)


def upwards(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return 2 * p - right(g, slots, p, lr, k, shape, decay)


def in_float16(own: Any, right: Any, *given: Any) -> Any:
    return np.array([float(np.float16(float(value))) for value in right(*given)])


RULES = (
    shell("the norm of each array alone is clipped", "OPT-36", follows_sizes, clip_norm=each_alone),
    shell("the norm of each group alone is clipped", "OPT-36", follows_sizes, clip_norm=each_group_alone),
    shell("grad_clip_norm ignored", "OPT-36", follows_sizes, clip_norm=not_clipped),
    shell("grad_clip_value ignored", "OPT-37", follows_sizes, clip_value=not_clipped),
    shell("clipped by value before the norm", "OPT-38", follows_sizes, clip_norm=value_first, clip_value=not_clipped),
    shell("clipped after weight decay", "OPT-38", decaying, clip_norm=after_decay, clip_value=after_decay),
    shell("the rate applied twice", "OPT-1", _apply=rate_twice),
    shell("the rate ignored", "OPT-1", _apply=rate_ignored),
    shell("a step upwards", "OPT-8", _apply=upwards),
    shell("weights in half precision", "NUM-4", _apply=in_float16),
    shell("weight decay decoupled", "OPT-39", with_coupled_decay, _apply=decoupled),
    shell("weight decay ignored", "OPT-39", with_coupled_decay, _apply=undecayed),
)


# ----------------------------------------------------------------------------------------------- groups and counts


def rule_of_adam(own: Any, right: Any, block: Any, gradients: Any) -> None:
    kept = own.model, own.hyper, own.base
    if block[0].group:
        own.model, own.base = adam.MODEL, None
        own.hyper = {"betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False}
        for weight in block:
            weight.slots = dict.fromkeys(adam.MODEL.slots, 0 * weight.value) | weight.slots
    try:
        right(block, gradients)
    finally:
        own.model, own.hyper, own.base = kept


def one_rate(own: Any, right: Any, group: int) -> Any:
    return right(0)


def first_rate(own: Any, right: Any, group: int) -> Any:
    return vars(own).setdefault("first", {}).setdefault(group, own.rates.shown(group))


def first_rate_of_all(own: Any, right: Any, weights: Any, values: Any = None) -> None:
    right(weights, values)
    own.rate(0)


def first_current(own: Any, right: Any) -> Any:
    return vars(own).setdefault("first", right())


def no_own_rate(own: Any, right: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    right(weights, None, weight_decay)


def no_own_decay(own: Any, right: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    right(weights, lr, None)


def rate_of_the_last(own: Any, right: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    if isinstance(own.rates, FixedRates):
        own.rates.own = own.rates.lrs[-1]
    else:
        own.rates.joining_lr = own.rates.base_lrs[-1]
    right(weights, lr, weight_decay)


def decay_for_all(own: Any, right: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    right(weights, lr, weight_decay)
    own.groups = [own.groups[-1]] * len(own.groups)


def one_count(own: Any, right: Any, grads: Any) -> None:
    right(grads)
    for weight in own.weights.values():
        weight.k = max(other.k for other in own.weights.values())


def zeros_for_missing(own: Any, right: Any, grads: Any) -> Any:
    """A weight without a gradient is stepped as if its gradient were 0."""
    if not isinstance(grads, list):
        return right(grads)
    given = {str(key) for key, _ in grads}
    zeros = [
        [key, {"dtype": w["dtype"], "shape": w["shape"], "data": ["0.0"] * len(w["data"])}]
        for key, w in own.observe()
        if str(key) not in given
    ]
    return right([*grads, *zeros])


def moving(own: Any, right: Any, grads: Any) -> None:
    right(grads)
    if hasattr(own.rates, "walk"):
        own.rates.walk(1)


def wipe(own: Any) -> None:
    for weight in own.weights.values():
        weight.slots = {name: 0 * slot for name, slot in weight.slots.items()}


def wiping(own: Any, right: Any, *given: Any) -> None:
    wipe(own)
    right(*given)


def starting_anew(own: Any, right: Any, *given: Any) -> None:
    wiping(own, right, *given)
    for weight in own.weights.values():
        weight.k = 0


GROUPS = (
    shell("added groups run the rule of Adam", "OPT-34", _step=rule_of_adam),
    shell("added groups have the first group's rate", "OPT-30", rate=one_rate),
    shell(
        "steps use the first rate, and current_lr follows the scheduler",
        "OPT-1",
        rate=first_rate,
        register=first_rate_of_all,
    ),
    shell("current_lr stays at the first rate, and steps follow the scheduler", "OPT-3", current=first_current),
    shell("the explicit rate of an added group is ignored", "OPT-31", add_param_group=no_own_rate),
    shell("a group without a rate has that of the group before", "OPT-32", add_param_group=rate_of_the_last),
    shell("the explicit weight decay of an added group is ignored", "OPT-33", decaying, add_param_group=no_own_decay),
    shell("the weight decay of an added group holds for all", "OPT-33", decaying, add_param_group=decay_for_all),
    shell("one count for all weights", "OPT-10", counting, step=one_count),
    shell("a weight without a gradient is stepped with 0", "OPT-9", step=zeros_for_missing),
    shell("a step of the optimizer moves the scheduler", "OPT-2", step=moving),
    shell("registering wipes the slots", "OPT-14", with_slots, register=wiping),
    shell("registering wipes the slots and counts", "OPT-14", remembering, register=starting_anew),
    shell("adding a group wipes the slots", "OPT-35", with_slots, add_param_group=wiping),
    shell("adding a group wipes the slots and counts", "OPT-35", remembering, add_param_group=starting_anew),
)


# ----------------------------------------------------------------------------------------------------------- state


def nothing_restored(own: Any, right: Any, state: Any) -> None:
    """The state is not looked at."""


def slots_dropped(own: Any, right: Any, state: Any) -> None:
    right(state)
    wipe(own)


def count_reset(own: Any, right: Any, state: Any) -> None:
    right(state)
    for weight in own.weights.values():
        weight.k = 0


def count_one_behind(own: Any, right: Any, state: Any) -> None:
    right(state)
    for weight in own.weights.values():
        weight.k = max(weight.k - 1, 0)


def own_rates_kept(own: Any, right: Any, state: Any) -> None:
    kept = {name: getattr(own.rates, name) for name in ("lrs", "own") if hasattr(own.rates, name)}
    right({**state, **kept})


def halves(own: Any, right: Any, state: Any) -> None:
    right(state)
    for weight in own.weights.values():
        weight.slots = {
            name: np.array([float(np.float16(float(value))) for value in slot.ravel()]).reshape(slot.shape)
            for name, slot in weight.slots.items()
        }


def moved_to_the_beginning(own: Any, right: Any, state: Any) -> None:
    right(state)
    if hasattr(own.rates, "move"):
        own.rates.move(0)


def with_weights(own: Any, right: Any) -> Any:
    return {**right(), "values": own.values()}


def weights_put_back(own: Any, right: Any, state: Any) -> None:
    right(state)
    for key, weight in own.weights.items():
        weight.value = state["values"].get(key, weight.value)


def live(own: Any, right: Any) -> Any:
    return {**right(), "live": own}


def live_adopted(own: Any, right: Any, state: Any) -> None:
    now = {key: (w.k, dict(w.slots)) for key, w in state["live"].weights.items()} if "live" in state else {}
    right({**state, "weights": now})


STATES = (
    shell("a load restores nothing", "STA-7", remembering, adopt=nothing_restored),
    shell("a load drops the slots", "STA-7", with_slots, adopt=slots_dropped),
    shell("a load resets the counts", "STA-7", counting, adopt=count_reset),
    shell("a load restores the counts one step behind", "STA-7", counting, adopt=count_one_behind),
    shell("a load does not restore the optimizer's own rates", "STA-10", adopt=own_rates_kept),
    shell("a state has slots in half precision", "STA-9", with_graded_slots, adopt=halves),
    shell("a load of the optimizer moves its scheduler to the beginning", "STA-13", adopt=moved_to_the_beginning),
    shell("a load puts the weights back, too", "STA-14", state=with_weights, adopt=weights_put_back),
    shell("a state changes with the optimizer it came from", "STA-1", remembering, state=live, adopt=live_adopted),
)


OF_ALL: tuple[Fault, ...] = (*RULES, *GROUPS, *STATES)
