"""Faults that any optimizer can have: in clipping and decay, in groups and counts, in its state and its rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..classes.faults import Fault, overriding
from ..classes.optimizers import adam
from ..oracle.optimizers import FixedRates

# ------------------------------------------------------------------------------------ where they make a difference


def decaying(definition: Any) -> bool:
    return bool(definition.decays)


def with_coupled_decay(definition: Any) -> bool:
    return bool(definition.coupled and definition.decays)


def counting(definition: Any) -> bool:
    """Whether the rule depends on k."""
    return bool(definition.uses_step_count)


def with_slots(definition: Any) -> bool:
    """Whether there are slots: named ones, or those that rules of shapes and of joint arrays make themselves."""
    return bool(definition.slots) or definition.is_wrapper or definition.needs_shape or definition.joint_arrays


def with_graded_slots(definition: Any) -> bool:
    """Whether the size of a slot matters, and not only its sign."""
    return with_slots(definition) and definition.laws.get("OPT-42") != {}


def remembering(definition: Any) -> bool:
    """Whether the rule depends on anything in a state."""
    return with_slots(definition) or counting(definition)


def follows_sizes(definition: Any) -> bool:
    """Whether the size of gradients matters, and not only their sign."""
    return "OPT-43" not in definition.laws


# --------------------------------------------------------------------------------------------- clipping and decay


def each_alone(self: Any, original: Any, arrays: Any) -> Any:
    return {key: original({key: g})[key] for key, g in arrays.items()}


def each_group_alone(self: Any, original: Any, arrays: Any) -> Any:
    clipped: dict[Any, Any] = {}
    for group in range(len(self.groups)):
        clipped |= original({key: g for key, g in arrays.items() if self.weights[key].group == group})
    return {key: clipped[key] for key in arrays}


def not_clipped(self: Any, original: Any, arrays: Any) -> Any:
    return arrays


def value_first(self: Any, original: Any, arrays: Any) -> Any:
    return original(type(self).clip_value(self, arrays))


def after_decay(self: Any, original: Any, arrays: Any) -> Any:
    """The weight decay, which is added later, is subtracted again here."""
    decays = {
        key: self.arithmetic.scalar(self.groups[self.weights[key].group]) * self.weights[key].value for key in arrays
    }
    clipped = original({key: g + decays[key] for key, g in arrays.items()})
    return {key: g - decays[key] for key, g in clipped.items()}


def decoupled(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return original(g - decay * p, slots, p, lr, k, shape, decay) - lr * decay * p


def undecayed(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return original(g - decay * p, slots, p, lr, k, shape, decay)


def rate_twice(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return p - lr * (p - original(g, slots, p, lr, k, shape, decay))


def rate_ignored(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return original(g, slots, p, 1 + 0 * lr, k, shape, decay)


def upwards(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return 2 * p - original(g, slots, p, lr, k, shape, decay)


def in_float16(self: Any, original: Any, *given: Any) -> Any:
    return np.array([float(np.float16(float(value))) for value in original(*given)])


RULES = (
    overriding("the norm of each array alone is clipped", "OPT-36", follows_sizes, clip_norm=each_alone),
    overriding("the norm of each group alone is clipped", "OPT-36", follows_sizes, clip_norm=each_group_alone),
    overriding("grad_clip_norm ignored", "OPT-36", follows_sizes, clip_norm=not_clipped),
    overriding("grad_clip_value ignored", "OPT-37", follows_sizes, clip_value=not_clipped),
    overriding(
        "clipped by value before the norm", "OPT-38", follows_sizes, clip_norm=value_first, clip_value=not_clipped
    ),
    overriding("clipped after weight decay", "OPT-38", decaying, clip_norm=after_decay, clip_value=after_decay),
    overriding("the rate applied twice", "OPT-1", _apply=rate_twice),
    overriding("the rate ignored", "OPT-1", _apply=rate_ignored),
    overriding("a step upwards", "OPT-8", _apply=upwards),
    overriding("weights in half precision", "NUM-4", _apply=in_float16),
    overriding("weight decay decoupled", "OPT-39", with_coupled_decay, _apply=decoupled),
    overriding("weight decay ignored", "OPT-39", with_coupled_decay, _apply=undecayed),
)


# ----------------------------------------------------------------------------------------------- groups and counts


def rule_of_adam(self: Any, original: Any, block: Any, gradients: Any) -> None:
    kept = self.definition, self.hyper, self.base
    if block[0].group:
        self.definition, self.base = adam.DEFINITION, None
        self.hyper = {"betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False}
        for weight in block:
            weight.slots = dict.fromkeys(adam.DEFINITION.slots, 0 * weight.value) | weight.slots
    try:
        original(block, gradients)
    finally:
        self.definition, self.hyper, self.base = kept


def one_rate(self: Any, original: Any, group: int) -> Any:
    return original(0)


def first_rate(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("first", {}).setdefault(group, self.rates.shown(group))


def first_rate_of_all(self: Any, original: Any, weights: Any, values: Any = None) -> None:
    original(weights, values)
    self.rate(0)


def first_current(self: Any, original: Any) -> Any:
    return vars(self).setdefault("first", original())


def no_own_rate(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, None, weight_decay)


def no_own_decay(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, None)


def rate_of_the_last(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    if isinstance(self.rates, FixedRates):
        self.rates.own = self.rates.lrs[-1]
    else:
        self.rates.joining_lr = self.rates.base_lrs[-1]
    original(weights, lr, weight_decay)


def decay_for_all(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, weight_decay)
    self.groups = [self.groups[-1]] * len(self.groups)


def one_count(self: Any, original: Any, grads: Any) -> None:
    original(grads)
    for weight in self.weights.values():
        weight.k = max(other.k for other in self.weights.values())


def zeros_for_missing(self: Any, original: Any, grads: Any) -> Any:
    """A weight without a gradient is stepped as if its gradient were 0."""
    if not isinstance(grads, list):
        return original(grads)
    given = {str(key) for key, _ in grads}
    zeros = [
        [key, {"dtype": w["dtype"], "shape": w["shape"], "data": ["0.0"] * len(w["data"])}]
        for key, w in self.observe()
        if str(key) not in given
    ]
    return original([*grads, *zeros])


def moving(self: Any, original: Any, grads: Any) -> None:
    original(grads)
    if hasattr(self.rates, "walk"):
        self.rates.walk(1)


def wipe(self: Any) -> None:
    for weight in self.weights.values():
        weight.slots = {name: 0 * slot for name, slot in weight.slots.items()}


def wiping(self: Any, original: Any, *given: Any) -> None:
    wipe(self)
    original(*given)


def starting_anew(self: Any, original: Any, *given: Any) -> None:
    wiping(self, original, *given)
    for weight in self.weights.values():
        weight.k = 0


GROUPS = (
    overriding("added groups run the rule of Adam", "OPT-34", _step=rule_of_adam),
    overriding("added groups have the first group's rate", "OPT-30", rate=one_rate),
    overriding(
        "steps use the first rate, and current_lr follows the scheduler",
        "OPT-1",
        rate=first_rate,
        register=first_rate_of_all,
    ),
    overriding("current_lr stays at the first rate, and steps follow the scheduler", "OPT-3", current=first_current),
    overriding("the explicit rate of an added group is ignored", "OPT-31", add_param_group=no_own_rate),
    overriding("a group without a rate has that of the group before", "OPT-32", add_param_group=rate_of_the_last),
    overriding(
        "the explicit weight decay of an added group is ignored", "OPT-33", decaying, add_param_group=no_own_decay
    ),
    overriding("the weight decay of an added group holds for all", "OPT-33", decaying, add_param_group=decay_for_all),
    overriding("one count for all weights", "OPT-10", counting, step=one_count),
    overriding("a weight without a gradient is stepped with 0", "OPT-9", step=zeros_for_missing),
    overriding("a step of the optimizer moves the scheduler", "OPT-2", step=moving),
    overriding("registering wipes the slots", "OPT-14", with_slots, register=wiping),
    overriding("registering wipes the slots and counts", "OPT-14", remembering, register=starting_anew),
    overriding("adding a group wipes the slots", "OPT-35", with_slots, add_param_group=wiping),
    overriding("adding a group wipes the slots and counts", "OPT-35", remembering, add_param_group=starting_anew),
)


# ----------------------------------------------------------------------------------------------------------- state


def nothing_restored(self: Any, original: Any, state: Any) -> None:
    """The state is ignored."""


def slots_dropped(self: Any, original: Any, state: Any) -> None:
    original(state)
    wipe(self)


def count_reset(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.k = 0


def count_one_behind(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.k = max(weight.k - 1, 0)


def own_rates_kept(self: Any, original: Any, state: Any) -> None:
    kept = {name: getattr(self.rates, name) for name in ("lrs", "own") if hasattr(self.rates, name)}
    original({**state, **kept})


def halves(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.slots = {
            name: np.array([float(np.float16(float(value))) for value in slot.ravel()]).reshape(slot.shape)
            for name, slot in weight.slots.items()
        }


def moved_to_the_beginning(self: Any, original: Any, state: Any) -> None:
    original(state)
    if hasattr(self.rates, "move"):
        self.rates.move(0)


def with_weights(self: Any, original: Any) -> Any:
    return {**original(), "values": self.values()}


def weights_put_back(self: Any, original: Any, state: Any) -> None:
    original(state)
    for key, weight in self.weights.items():
        weight.value = state["values"].get(key, weight.value)


def live(self: Any, original: Any) -> Any:
    return {**original(), "live": self}


def live_adopted(self: Any, original: Any, state: Any) -> None:
    now = {key: (w.k, dict(w.slots)) for key, w in state["live"].weights.items()} if "live" in state else {}
    original({**state, "weights": now})


STATES = (
    overriding("a load restores nothing", "STA-7", remembering, adopt=nothing_restored),
    overriding("a load drops the slots", "STA-7", with_slots, adopt=slots_dropped),
    overriding("a load resets the counts", "STA-7", counting, adopt=count_reset),
    overriding("a load restores the counts one step behind", "STA-7", counting, adopt=count_one_behind),
    overriding("a load does not restore the optimizer's own rates", "STA-10", adopt=own_rates_kept),
    overriding("a state has slots in half precision", "STA-9", with_graded_slots, adopt=halves),
    overriding("a load of the optimizer moves its scheduler to the beginning", "STA-13", adopt=moved_to_the_beginning),
    overriding("a load puts the weights back, too", "STA-14", state=with_weights, adopt=weights_put_back),
    overriding("a state changes with the optimizer it came from", "STA-1", remembering, state=live, adopt=live_adopted),
)


OF_ALL: tuple[Fault, ...] = (*RULES, *GROUPS, *STATES)
