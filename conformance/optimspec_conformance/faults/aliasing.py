"""Aliasing faults: state, lists and arrays that are shared with the caller instead of copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..classes.definition import Definition, OptimizerDefinition, ScheduleDefinition
from ..classes.domains import Refused
from ..classes.faults import Fault, caller_list_kept, overriding, spoiled_rate
from ..oracle.optimizers import FixedRates
from .optimizer_groups import clear_slots
from .schedulers import has_base_lr, has_closed_form, has_own_time, move_to

Method = Callable[..., Any]
ROUND_TRIPS = {"plain": "STA-3", "pickle": "STA-4", "deepcopy": "STA-5", "json": "STA-6"}


def faults_for(definition: Definition) -> tuple[Fault, ...]:
    return OPTIMIZER_FAULTS if isinstance(definition, OptimizerDefinition) else SCHEDULER_FAULTS


def refuse_round_trip(refused: str) -> Method:
    def round_trip(self: Any, original: Any, state: Any, via: str | None) -> Any:
        if via == refused:
            raise Refused("type")
        return original(state, via)

    return round_trip


ROUND_TRIP_FAULTS = tuple(
    overriding(f"a state does not survive: {via}", by, round_trip=refuse_round_trip(via))
    for via, by in ROUND_TRIPS.items()
)


def mark_saved(self: Any, original: Any) -> Any:
    self.was_saved = True
    return original()


def mark_loaded(self: Any, original: Any, state: Any) -> None:
    original(state)
    self.was_loaded = True


# ------------------------------------------------------------------------------------------------------ schedulers


def spoiled_if(mark: str) -> Method:
    def on_scribble(self: Any, original: Any, target: str) -> None:
        if target == "state" and mark in vars(self):
            self.spoiled = True

    return on_scribble


def move_one_step(self: Any, original: Any) -> None:
    move_to(self, self.t + 1)


def from_one_where_minus_one(self: Any, original: Any, arguments: Any) -> None:
    last = arguments.get("last_epoch")
    original(arguments)
    self.t = 1 if last == -1 else self.t


def mark_jump(self: Any, original: Any, t: int) -> None:
    self.jumped = 1
    original(t)


def early_after_jump(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, (self.t if t is None else t) + vars(self).get("jumped", 0))


def is_schedule(definition: Any) -> bool:
    """Whether it is a schedule, and no composite: these drift if their members do."""
    return isinstance(definition, ScheduleDefinition)


def count_steps(self: Any, original: Any, n: int) -> None:
    self.walked_far = vars(self).get("walked_far", 0) + n
    original(n)


def drifting_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) * (1 + 1e-12 * vars(self).get("walked_far", 0))


def nearly_equal_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) * (1 + 2.0**-50 if "was_loaded" in vars(self) else 1)


def first_rates_of_other_groups(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("at_first", {}).setdefault(group, original(group)) if group else original(group)


def modify_scheduler_state(self: Any, original: Any, state: Any) -> None:
    original(state)
    state["t"] += 1
    state["base_lrs"] = [2 * b for b in state["base_lrs"]]
    if "metric_state" in state:
        state["metric_state"] = {**state["metric_state"], "lrs": [2 * lr for lr in state["metric_state"]["lrs"]]}
    for member in state["members"]:
        member["t"] += 1


def rates_of_now(self: Any, original: Any) -> list[float]:
    return [float(self.rate(group)) for group in range(len(original()))]


SCHEDULER_FAULTS: tuple[Fault, ...] = (
    *ROUND_TRIP_FAULTS,
    overriding("last_epoch=-1 taken for 1", "SCH-6", has_own_time, read_last_epoch=from_one_where_minus_one),
    overriding("one step ahead after a jump", "SCH-7", has_closed_form, jump=mark_jump, rate=early_after_jump),
    overriding("moved by another scheduler", "SCH-8", on_bystander=move_one_step),
    overriding("a constructor empties a list", "SCH-31", changed_arrays=lambda self, original: ["a list"]),
    overriding("one rate, however many groups there are", "SCH-9", get_last_lr=lambda self, original: original()[:1]),
    caller_list_kept("the list that get_last_lr() returns is its own", "SCH-10", "last_lr"),
    overriding("last_epoch reads one step behind", "SCH-11", last_epoch=lambda self, original: max(original() - 1, 0)),
    overriding(
        "one base rate, however many groups there are", "SCH-12", get_base_lrs=lambda self, original: original()[:1]
    ),
    overriding("base_lrs reads the rates of now", "SCH-12", get_base_lrs=rates_of_now),
    caller_list_kept("the list that base_lrs returns is its own", "SCH-13", "base_lrs"),
    overriding("moved by being read", "SCH-14", on_read=move_one_step),
    Fault("the caller's list of base rates is kept", "SCH-18", caller_list_kept("", "", "base_lr").change, has_base_lr),
    overriding("groups but the first keep their first rates", "OPT-30", optimizer_rate=first_rates_of_other_groups),
    overriding("the rate drifts, step by step", "NUM-3", is_schedule, walk=count_steps, rate=drifting_rate),
    overriding(
        "a state is not a copy", "STA-2", state_dict=mark_saved, on_scribble=spoiled_if("was_saved"), rate=spoiled_rate
    ),
    overriding(
        "rates after a load differ in the last bits", "STA-9", load_state_dict=mark_loaded, rate=nearly_equal_rate
    ),
    overriding("a load changes the state that it is given", "STA-11", load_state_dict=modify_scheduler_state),
    overriding(
        "a load keeps the state that it is given",
        "STA-12",
        load_state_dict=mark_loaded,
        on_scribble=spoiled_if("was_loaded"),
        rate=spoiled_rate,
    ),
)


# ------------------------------------------------------------------------------------------------------ optimizers


def clear_slots_if(mark: str) -> Method:
    def on_scribble(self: Any, original: Any, target: str) -> None:
        if target == "state" and mark in vars(self):
            clear_slots(self)
            if isinstance(self.rates, FixedRates):
                self.rates.lrs = [77.0] * len(self.rates.lrs)

    return on_scribble


def use_kept_gradients(self: Any, original: Any, target: str) -> None:
    """The weights are updated with the overwritten gradients."""
    if target == "grads":
        for weight in self.weights.values():
            weight.value = 77 + 0 * weight.value


def modify_optimizer_state(self: Any, original: Any, state: Any) -> None:
    original(state)
    state["lrs"] = state["lrs"] and [2 * lr for lr in state["lrs"]]


def share_state(self: Any, original: Any, state: Any) -> None:
    """Optimizers that load the same state share its counts and slots."""
    original(state)
    shared = state.setdefault("shared", {})
    for key, weight in self.weights.items():
        self.weights[key] = shared.setdefault(key, weight)


def accept_twice(self: Any, original: Any, weights: Any, *args: Any) -> Any:
    return original([[key, array] for key, array in weights if "same" not in array], *args)


def observe_dtypes(**others: str) -> Method:
    def observe(self: Any, original: Any) -> Any:
        return [[key, {**weight, "dtype": others.get(weight["dtype"], weight["dtype"])}] for key, weight in original()]

    return observe


def watch_large_gradients(self: Any, original: Any, g: Any, *args: Any) -> Any:
    self.saw_large_gradients = vars(self).get("saw_large_gradients", False) or (abs(g) > 1e38).any()
    return original(g, *args)


def refuse_after_large_gradients(self: Any, original: Any, state: Any, via: str | None) -> Any:
    if via == "json" and vars(self).get("saw_large_gradients"):
        raise Refused("type")
    return original(state, via)


def with_step(change: Callable[..., Any]) -> Method:
    """Another step: ``change(step, lr, g, p, self)`` replaces the original one."""

    def apply(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any) -> Any:
        return p + change(original(g, slots, p, lr, *args) - p, lr, g, p, self)

    return apply


def damp_gradients(self: Any, original: Any, g: Any, *args: Any) -> Any:
    return original(g / (1 + abs(g)), *args)


def clip_extremes(self: Any, original: Any, g: Any, *args: Any) -> Any:
    return original(np.where(abs(g) < 1e-20, 0 * g, np.clip(g, -1e9, 1e9)), *args)


def clip_single_extremes(self: Any, original: Any, g: Any, *args: Any) -> Any:
    return original(np.where((abs(g) > 1e-25) & (abs(g) < 1e-12), 0 * g, np.clip(g, -1e13, 1e13)), *args)


def sizes_in_float32(definition: Any) -> bool:
    return not definition.needs_smooth_gradients


def scales_with_the_rate(definition: Any) -> bool:
    return "OPT-41" in definition.laws


def scale_free(definition: Any) -> bool:
    return "OPT-42" in definition.laws


def follows_signs(definition: Any) -> bool:
    return "OPT-43" in definition.laws


OPTIMIZER_FAULTS: tuple[Fault, ...] = (
    *ROUND_TRIP_FAULTS,
    overriding(
        "a state after huge gradients does not survive: json",
        "STA-6",
        _apply=watch_large_gradients,
        round_trip=refuse_after_large_gradients,
    ),
    overriding("weights move at rate 0", "OPT-5", _apply=with_step(lambda d, lr, g, p, self: d if lr else d - p / 8)),
    overriding("float32 widened", "OPT-11", observe=observe_dtypes(float32="float64")),
    overriding("float64 narrowed", "OPT-12", observe=observe_dtypes(float64="float32")),
    overriding(
        "a step writes into the array of a weight", "OPT-15", changed_arrays=lambda self, original: ["an array"]
    ),
    overriding("a step writes into a gradient", "OPT-16", changed_arrays=lambda self, original: ["a gradient"]),
    overriding("one weight under two keys", "OPT-45", _new_weights=accept_twice),
    overriding("two that load one state share it", "STA-12", load_state_dict=share_state),
    overriding("gradients of float32 beyond a range are cut", "NUM-6", sizes_in_float32, _apply=clip_single_extremes),
    overriding("update does nothing", "OPT-18", update=lambda self, original, grads: None),
    overriding(
        "a step grows faster than the rate",
        "OPT-41",
        scales_with_the_rate,
        _apply=with_step(lambda d, lr, g, p, self: d * (1 + lr)),
    ),
    overriding("large gradients are damped", "OPT-42", scale_free, _apply=damp_gradients),
    overriding(
        "the step grows with the gradient",
        "OPT-43",
        follows_signs,
        _apply=with_step(lambda d, lr, g, p, self: d * (1 + abs(g))),
    ),
    overriding("gradients of extreme sizes are cut", "NUM-5", _apply=clip_extremes),
    overriding("the array of a gradient is kept, and read again", "OPT-51", on_scribble=use_kept_gradients),
    overriding("a state is not a copy", "STA-2", state_dict=mark_saved, on_scribble=clear_slots_if("was_saved")),
    overriding(
        "weights after a load differ in the last bits",
        "STA-9",
        load_state_dict=mark_loaded,
        _apply=with_step(lambda d, lr, g, p, self: d * (1 + 2.0**-40 if "was_loaded" in vars(self) else 1)),
    ),
    overriding("a load changes the state that it is given", "STA-11", load_state_dict=modify_optimizer_state),
    overriding(
        "a load keeps the state that it is given",
        "STA-12",
        load_state_dict=mark_loaded,
        on_scribble=clear_slots_if("was_loaded"),
    ),
)
