"""Faults that any optimizer can have in its groups, its counts, and the arrays that it is handed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..classes.faults import overriding
from ..classes.optimizers import adam
from ..oracle.optimizers import FixedRates
from ..scenarios.values import decode_key, encode_key, flat_values, rounded
from .conditions import (
    HALF,
    corrects_far,
    counts_past_one,
    decays,
    has_hyperparameters_that_half_precision_lacks,
    has_named_slots,
    has_slots,
    has_slots_of_each_array,
    has_state,
    shows_nan,
    steps_arrays_apart,
    steps_far_with_count,
    steps_far_without_count,
    steps_groups_apart,
    takes_any_shape,
    uses_large_counts,
    uses_step_count,
)


def step_like_adam(self: Any, original: Any, block: Any, gradients: Any) -> None:
    original_rule = self.definition, self.hyper, self.base
    if block[0].group:
        self.definition, self.base = adam.DEFINITION, None
        self.hyper = {"betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False}
        for weight in block:
            weight.slots = dict.fromkeys(adam.DEFINITION.slots, 0 * weight.value) | weight.slots
    try:
        original(block, gradients)
    finally:
        self.definition, self.hyper, self.base = original_rule


def first_group_rate(self: Any, original: Any, group: int) -> Any:
    return original(0)


def keep_first_rate(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("first", {}).setdefault(group, self.rates.optimizer_rate(group))


def read_first_rate(self: Any, original: Any, weights: Any, values: Any = None) -> None:
    original(weights, values)
    self.rate(0)


def keep_first_current_lr(self: Any, original: Any) -> Any:
    return vars(self).setdefault("first", original())


def ignore_group_rate(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, None, weight_decay)


def ignore_zero_group_rate(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, None if lr == "0.0" else lr, weight_decay)


def ignore_group_decay(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, None)


def join_at_last_rate(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    if isinstance(self.rates, FixedRates):
        self.rates.default_lr = self.rates.lrs[-1]
    else:
        self.rates.default_base_lr = self.rates.base_lrs[-1]
    original(weights, lr, weight_decay)


def set_decay_of_all(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, weight_decay)
    self.groups = [self.groups[-1]] * len(self.groups)


def share_count(self: Any, original: Any, grads: Any) -> None:
    original(grads)
    for weight in self.weights.values():
        weight.k = max(other.k for other in self.weights.values())


def fill_missing_gradients(self: Any, original: Any, grads: Any) -> Any:
    """A weight without a gradient is stepped as if its gradient were 0."""
    if not isinstance(grads, list):
        return original(grads)
    keys = {str(key) for key, _ in grads}
    zeros = [
        [key, {"dtype": w["dtype"], "shape": w["shape"], "data": ["0.0"] * math.prod(w["shape"])}]
        for key, w in self.observe()
        if str(key) not in keys
    ]
    return original([*grads, *zeros])


def match_by_order(self: Any, original: Any, grads: Any) -> Any:
    """Gradients are assigned to the weights in their order of registration, not by key."""
    if not isinstance(grads, list):
        return original(grads)
    keys = [decode_key(key) for key, _ in grads]
    registered = [encode_key(key) for key in self.weights if key in keys]
    if len(registered) < len(grads):
        return original(grads)
    return original([[key, gradient] for key, (_, gradient) in zip(registered, grads, strict=True)])


def skip_at_rate_zero(self: Any, original: Any, block: Any, gradients: Any) -> None:
    """A step at rate 0 changes neither counts nor slots."""
    if self.rate(block[0].group):
        original(block, gradients)


def in_memory_order(elements: Any, shape: list[int]) -> Any:
    """The elements of an array with a layout, in the order in which they lie in memory."""
    return elements.reshape(shape).ravel("F")


def take_gradients_as_in_memory(self: Any, original: Any, grads: Any) -> Any:
    def taken(gradient: Any) -> Any:
        if "layout" not in gradient:
            return gradient
        elements = in_memory_order(np.array(gradient["data"], dtype=object), gradient["shape"])
        return {**gradient, "data": elements.tolist()}

    return original([[key, taken(g)] for key, g in grads] if isinstance(grads, list) else grads)


def take_weights_as_in_memory(self: Any, original: Any, grads: Any) -> Any:
    """Until they are stepped: the array of a stepped weight is a new one."""
    keys = [decode_key(key) for key, _ in grads] if isinstance(grads, list) else []
    for weight in (self.weights[key] for key in keys if key in self.weights):
        if weight.layout and not weight.k:
            weight.value = in_memory_order(weight.value, weight.shape)
    return original(grads)


def stop_at_empty(self: Any, original: Any, grads: Any) -> Any:
    if isinstance(grads, list) and any(0 in g.get("shape", []) for _, g in grads):
        return original([])
    return original(grads)


def leave_out_zeros(self: Any, original: Any, grads: Any) -> Any:
    if not isinstance(grads, list):
        return original(grads)
    return original([[key, g] for key, g in grads if "is" in g or flat_values(g).any()])


def skip_what_is_not_finite(self: Any, original: Any, grads: Any) -> Any:
    if isinstance(grads, list) and any(isinstance(v, dict) for _, g in grads for v in g.get("data", [])):
        return None
    return original(grads)


def replace_what_is_not_finite(self: Any, original: Any, weight: Any, gradient: Any) -> Any:
    return np.nan_to_num(original(weight, gradient), nan=0.0, posinf=0.0, neginf=0.0)


def narrow_hyperparameters(self: Any, original: Any, value: Any) -> Any:
    dtype = vars(self).get("narrow", "")
    return original(to_half(value, dtype) if dtype and isinstance(value, float) else value)


def remember_dtype(self: Any, original: Any, block: Any, gradients: Any) -> None:
    self.narrow = block[0].dtype if block[0].dtype in HALF else ""
    original(block, gradients)


def to_half(value: float, dtype: str) -> float:
    return float(rounded([value], dtype)[0])


def step_in_first_dtype(self: Any, original: Any, block: Any, gradients: Any) -> None:
    original(block, gradients)
    first = next(iter(self.weights.values())).dtype
    for weight in block:
        if first != weight.dtype:
            weight.value = np.array([float(v) for v in rounded([float(v) for v in weight.value], first)])


def keep_own_copies(self: Any, original: Any, grads: Any) -> Any:
    """Each weight is stepped from a copy, which does not see what the user sets."""
    copies = vars(self).setdefault("copies", {})
    for key, weight in self.weights.items():
        weight.value = copies.get(key, weight.value)
    original(grads)
    copies.update({key: weight.value for key, weight in self.weights.items()})


def count_from_two(self: Any, original: Any, block: Any, gradients: Any) -> None:
    for weight in block:
        weight.k += weight.k == 0
    original(block, gradients)


def count_twice(self: Any, original: Any, block: Any, gradients: Any) -> None:
    original(block, gradients)
    for weight in block:
        weight.k += 1


def count_never(self: Any, original: Any, block: Any, gradients: Any) -> None:
    for weight in block:
        weight.k = 0
    original(block, gradients)


def count_in_the_loop(self: Any, original: Any, block: Any, gradients: Any) -> None:
    total = vars(self).get("weights_so_far", 0)
    for weight in block:
        weight.k = total
    original(block, gradients)
    self.weights_so_far = total + len(block)


def forget_slots(self: Any, original: Any, grads: Any) -> Any:
    clear_slots(self)
    return original(grads)


def count_to_256(self: Any, original: Any, block: Any, gradients: Any) -> None:
    for weight in block:
        weight.k = min(weight.k, 255)
    original(block, gradients)


def correct_until_1000(self: Any, original: Any, block: Any, gradients: Any) -> None:
    kept = [weight.k for weight in block]
    for weight in block:
        weight.k = 10**6 if weight.k >= 999 else weight.k
    original(block, gradients)
    for weight, k in zip(block, kept, strict=True):
        weight.k = k + 1


def decay_of_the_first_for_all(self: Any, original: Any, block: Any, gradients: Any) -> None:
    """No group has weight decay if the first one has none."""
    groups = list(self.groups)
    self.groups = [0.0] * len(groups) if groups[0] == 0 else groups
    try:
        original(block, gradients)
    finally:
        self.groups = groups


def current_lr_of_the_last_step(self: Any, original: Any) -> Any:
    return vars(self).get("shown", original())


def show_rate(self: Any, original: Any, grads: Any) -> Any:
    self.shown = self.rates.optimizer_rate(0)
    return original(grads)


def count_to_255(self: Any, original: Any, block: Any, gradients: Any) -> None:
    for weight in block:
        weight.k = min(weight.k, 254)
    original(block, gradients)


def stepping(wanted: Callable[[int, list[int]], bool]) -> Callable[..., Any]:
    """A step that uses only the gradients ``wanted``, given their number in the step and their shape."""

    def step(self: Any, original: Any, grads: Any) -> Any:
        if not isinstance(grads, list) or any("shape" not in g for _, g in grads):
            return original(grads)
        return original([[key, g] for i, (key, g) in enumerate(grads) if wanted(i, g["shape"])])

    return step


def step_upwards_later(
    self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any
) -> Any:
    stepped = original(g, slots, p, lr, k, shape, decay)
    return stepped if k < 60 else 2 * p - stepped


def join_last_group(self: Any, original: Any, weights: Any, values: Any = None) -> None:
    known = set(self.weights)
    original(weights, values)
    for key in self.weights.keys() - known:
        self.weights[key].group = len(self.groups) - 1


def register_until_known(self: Any, original: Any, weights: Any, values: Any = None) -> None:
    known = [i for i, (key, _) in enumerate(weights) if decode_key(key) in self.weights]
    if known and known[0] > 0:
        original(weights[: known[0]], values)
    original(weights, values)


def leave_out_slot_names(self: Any, original: Any, grads: Any) -> Any:
    if not isinstance(grads, list):
        return original(grads)
    return original([[key, g] for key, g in grads if key not in self.definition.slots])


def no_decay_by_default(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, "0.0" if weight_decay is None else weight_decay)


def move_scheduler(self: Any, original: Any, grads: Any) -> None:
    original(grads)
    if hasattr(self.rates, "walk"):
        self.rates.walk(1)


def clear_slots(self: Any) -> None:
    for weight in self.weights.values():
        weight.slots = {name: 0 * slot for name, slot in weight.slots.items()}


def clear_slots_afterwards(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    clear_slots(self)


def reset_weights(self: Any, original: Any, *args: Any) -> None:
    clear_slots_afterwards(self, original, *args)
    for weight in self.weights.values():
        weight.k = 0


GROUPS = (
    overriding("added groups run the rule of Adam", "OPT-34", steps_groups_apart, _step=step_like_adam),
    overriding("added groups have the first group's rate", "OPT-30", rate=first_group_rate),
    overriding(
        "steps use the first rate, and current_lr follows the scheduler",
        "OPT-1",
        rate=keep_first_rate,
        register=read_first_rate,
    ),
    overriding(
        "current_lr stays at the first rate, and steps follow the scheduler", "OPT-3", current_lr=keep_first_current_lr
    ),
    overriding("a rate of 0 for a group is ignored", "OPT-31", add_param_group=ignore_zero_group_rate),
    overriding("the explicit rate of an added group is ignored", "OPT-31", add_param_group=ignore_group_rate),
    overriding(
        "a group without a rate has that of the group before",
        "OPT-32",
        steps_groups_apart,
        add_param_group=join_at_last_rate,
    ),
    overriding(
        "the explicit weight decay of an added group is ignored", "OPT-33", decays, add_param_group=ignore_group_decay
    ),
    overriding("the weight decay of an added group holds for all", "OPT-33", decays, add_param_group=set_decay_of_all),
    overriding("one count for all weights", "OPT-10", uses_step_count, step=share_count),
    overriding("a weight without a gradient is stepped with 0", "OPT-9", step=fill_missing_gradients),
    overriding("gradients belong to the weights in their order, not by key", "OPT-8", step=match_by_order),
    overriding(
        "a step at rate 0 is skipped, and the slots stay", "OPT-34", has_slots_of_each_array, _step=skip_at_rate_zero
    ),
    overriding("gradients are read in the order of their memory", "OPT-8", step=take_gradients_as_in_memory),
    overriding("weights are read in the order of their memory", "OPT-8", step=take_weights_as_in_memory),
    overriding("an empty weight stops the others of the step", "OPT-8", step=stop_at_empty),
    overriding(
        "arrays of more than three axes are not stepped",
        "OPT-8",
        takes_any_shape,
        step=stepping(lambda i, shape: len(shape) < 4),
    ),
    overriding(
        "arrays of more than a hundred elements are not stepped",
        "OPT-8",
        step=stepping(lambda i, shape: math.prod(shape) <= 100),
    ),
    overriding("weights after the sixth are not stepped", "OPT-8", step=stepping(lambda i, shape: i < 6)),
    overriding("upwards from step 60 on", "OPT-10", steps_far_with_count, _apply=step_upwards_later),
    overriding("upwards from step 60 on", "NUM-4", steps_far_without_count, _apply=step_upwards_later),
    overriding("a later registration joins the last group", "OPT-14", register=join_last_group),
    overriding("a refused registration keeps the keys before the known one", "OPT-26", register=register_until_known),
    overriding("a gradient of zeros counts as none", "OPT-10", uses_step_count, step=leave_out_zeros),
    overriding("the step count ends at 255", "OPT-10", uses_large_counts, _step=count_to_255),
    overriding("the step count ends at 256", "OPT-10", uses_large_counts, _step=count_to_256),
    overriding("the bias correction ends at step 1000", "OPT-10", corrects_far, _step=correct_until_1000),
    overriding("the count starts at 2", "OPT-10", uses_step_count, _step=count_from_two),
    overriding("the count moves twice a step", "OPT-10", counts_past_one, _step=count_twice),
    overriding("the count never moves", "OPT-10", uses_step_count, _step=count_never),
    overriding("the count moves with each weight of a step", "OPT-10", uses_step_count, _step=count_in_the_loop),
    overriding("slots are never kept", "OPT-9", has_slots, step=forget_slots),
    overriding(
        "a step with a gradient that is not finite is skipped",
        "OPT-46",
        steps_arrays_apart,
        step=skip_what_is_not_finite,
    ),
    overriding(
        "what is not finite in a gradient is replaced by 0", "OPT-46", shows_nan, _gradient=replace_what_is_not_finite
    ),
    overriding(
        "hyperparameters in the precision of the weights",
        "OPT-47",
        has_hyperparameters_that_half_precision_lacks,
        _scalar=narrow_hyperparameters,
        _step=remember_dtype,
    ),
    overriding("weights in the dtype of the first one", "OPT-12", _step=step_in_first_dtype),
    overriding("a value that was set from outside is not seen", "OPT-44", step=keep_own_copies),
    overriding("no decay where the first group has none", "OPT-33", decays, _step=decay_of_the_first_for_all),
    overriding(
        "current_lr is the rate of the last step", "OPT-3", current_lr=current_lr_of_the_last_step, step=show_rate
    ),
    overriding("update moves the scheduler", "OPT-18", update=move_scheduler),
    overriding("a weight named like a slot is not stepped", "OPT-13", has_named_slots, step=leave_out_slot_names),
    overriding("a group without a weight decay has none", "OPT-33", decays, add_param_group=no_decay_by_default),
    overriding("a step of the optimizer moves the scheduler", "OPT-2", step=move_scheduler),
    overriding("registering wipes the slots", "OPT-14", has_slots, register=clear_slots_afterwards),
    overriding("registering wipes the slots and counts", "OPT-14", has_state, register=reset_weights),
    overriding("adding a group wipes the slots", "OPT-35", has_slots, add_param_group=clear_slots_afterwards),
    overriding("adding a group wipes the slots and counts", "OPT-35", has_state, add_param_group=reset_weights),
)
