"""Faults in refusals of methods: jumps, loads, gradients, groups that are accepted, or refused with a wrong error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..classes.argument_faults import handled_check, refusal_faults
from ..classes.definition import EPOCH, CompositeDefinition, Definition, OptimizerDefinition
from ..classes.domains import Refused
from ..classes.faults import Fault, overriding
from ..oracle.optimizers import FixedRates
from ..scenarios.examples import exponential
from .conditions import has_slots
from .optimizer_groups import clear_slots
from .schedulers import accepts_base_lrs, has_closed_form, move_to

Method = Callable[..., Any]


def faults_for(definition: Definition) -> tuple[Fault, ...]:
    if isinstance(definition, OptimizerDefinition):
        shape, rate = definition.matrices, definition.common_rate
        shapes = wrong_refusals("a weight that is no matrix", shape, "register", "add_param_group") if shape else ()
        own = wrong_refusals("a rate of a group", rate[0], "add_param_group") if rate else ()
        different = wrong_refusals("a step at different rates", rate[1], "step") if rate else ()
        return (*OPTIMIZER_FAULTS, *shapes, *own, *different)
    return (*SCHEDULER_FAULTS, *COMPOSITE_FAULTS) if isinstance(definition, CompositeDefinition) else SCHEDULER_FAULTS


def on_refusal(by: str, handle: Callable[[Refused], None]) -> Method:
    """Call a handler for what one requirement refuses, instead of refusing it."""

    def method(self: Any, original: Any, *args: Any) -> None:
        try:
            original(*args)
        except Refused as refusal:
            if refusal.by != by:
                raise
            handle(refusal)

    return method


def accept(refusal: Refused) -> None:
    """Accept silently."""


def raise_other_error(refusal: Refused) -> None:
    raise Refused("RuntimeError", refusal.names, refusal.by) from None


def wrong_refusals(what: str, by: str, *methods: str) -> tuple[Fault, ...]:
    """Two faults for each thing that a requirement refuses."""
    return (
        overriding(f"{what}: accepted", by, **dict.fromkeys(methods, on_refusal(by, accept))),
        overriding(f"{what}: another error is raised", by, **dict.fromkeys(methods, on_refusal(by, raise_other_error))),
    )


# ------------------------------------------------------------------------------------------------------ schedulers


def move_and_refuse(self: Any, original: Any, epoch: Any) -> Any:
    try:
        return original(epoch)
    except Refused:
        self.walk(1)
        raise


def require_int(self: Any, original: Any, epoch: Any) -> Any:
    if not isinstance(epoch, int):
        raise Refused("type", "epoch")
    return original(epoch)


def reset_and_refuse(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        move_to(self, 0)
        raise


def load_what_fits(self: Any, original: Any, state: Any) -> None:
    with suppress(Exception):
        original(state)


def wrong_state_refusals(what: str, by: str) -> tuple[Fault, ...]:
    accepted, other_error = wrong_refusals(what, by, "check_state")
    accepted = overriding(accepted.name, by, check_state=on_refusal(by, accept), load_state_dict=load_what_fits)
    return accepted, other_error


def refuse_zero(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    if 0 in self.base_lrs:
        raise Refused("value", "base_lr")


SCHEDULER_FAULTS: tuple[Fault, ...] = (
    *(
        Fault(fault.name, fault.requirement, fault.change, has_closed_form)
        for fault in refusal_faults(
            EPOCH,
            "epoch",
            ("SCH-24", "SCH-23", "SCH-28"),
            lambda handle: {"check_epoch": handled_check(handle)},
        )
    ),
    overriding("a step that is refused moves the time by one", "SCH-25", has_closed_form, check_epoch=move_and_refuse),
    overriding("epoch must be a Python int", "SCH-29", has_closed_form, check_epoch=require_int),
    overriding(
        "a base rate of 0 is refused", "SCH-17", accepts_base_lrs, read_arguments=refuse_zero, set_base_lrs=refuse_zero
    ),
    *wrong_state_refusals("a state that lacks something", "STA-15"),
    *wrong_state_refusals("a state of impossible values", "STA-16"),
    *wrong_state_refusals("a state of other groups or members", "STA-17"),
    overriding("a load that is refused goes back to the beginning", "STA-18", check_state=reset_and_refuse),
)


# ------------------------------------------------------------------------------------------------------ composites


def replacing_members(by: str) -> Method:
    """Members that a requirement refuses are replaced by valid ones."""

    def read_members(self: Any, original: Any, config: Any, definitions: Any) -> None:
        try:
            original(config, definitions)
        except Refused as refusal:
            if refusal.by != by:
                raise
            members = config["schedulers"] if isinstance(config["schedulers"], list) else []
            count = max(len(members), len(config.get("milestones", [])) + 1)
            original({**config, "schedulers": [exponential(base_lr="0.3")] * count}, definitions)

    return read_members


def wrong_member_refusals(what: str, by: str) -> tuple[Fault, ...]:
    other_error = overriding(f"{what}: another error is raised", by, read_members=on_refusal(by, raise_other_error))
    return overriding(f"{what}: accepted", by, read_members=replacing_members(by)), other_error


def refuse_nesting(self: Any, original: Any, *args: Any) -> None:
    original(*args)
    if any(member.members for member in self.members):
        raise Refused("type", "schedulers")


def require_list(self: Any, original: Any, config: Any, definitions: Any) -> None:
    if not isinstance(config["schedulers"], list):
        raise Refused("type", "schedulers")
    original(config, definitions)


def skip_members(self: Any, original: Any, group: int, base_lr: float) -> None:
    self.base_lrs[group] = base_lr


COMPOSITE_FAULTS: tuple[Fault, ...] = (
    overriding("composites do not nest", "CMP-4", read_members=refuse_nesting),
    *wrong_member_refusals("no members", "CMP-5"),
    *wrong_member_refusals("a member that is no scheduler", "CMP-6"),
    overriding("members must be a list", "CMP-9", read_members=require_list),
    *wrong_member_refusals("a plateau as a member", "CMP-11"),
    overriding("an explicit rate does not reach the members", "CMP-8", set_base_lr=skip_members),
)


# ------------------------------------------------------------------------------------------------------ optimizers


def step_one_by_one(self: Any, original: Any, grads: Any) -> None:
    """The weights before a bad gradient are stepped before it is refused."""
    for grad in grads if isinstance(grads, list) and grads else [None]:
        original(grads if grad is None else [grad])


def clear_slots_and_refuse(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        clear_slots(self)
        raise


def double_rates_and_refuse(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        if isinstance(self.rates, FixedRates):
            self.rates.lrs = [2 * lr for lr in self.rates.lrs]
        raise


def change_rate_and_refuse(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    """A refused group has already changed the rate of the first one."""
    try:
        original(weights, lr, weight_decay)
    except Refused:
        self.rates.set_base_lr(0, 0.5)
        raise


def require_strings(self: Any, original: Any, weights: Any, *args: Any) -> None:
    if not all(isinstance(key, str) for key, _ in weights):
        raise Refused("type")
    original(weights, *args)


def share_tied_weights(self: Any, original: Any, weights: Any, *args: Any) -> None:
    """Weights that share an array are one weight."""
    original([[key, array] for key, array in weights if "tied" not in array], *args)
    first = {array["tied"]: key for key, array in weights if "tied" in array}
    for name, twin in first.items():
        self.weights[twin] = self.weights[name]


def forget_added_keys(self: Any, original: Any, weights: Any, *args: Any) -> None:
    for key, _ in weights:
        if key in self.weights and self.weights[key].group > 0:
            del self.weights[key]
    original(weights, *args)


def require_python_floats(self: Any, original: Any, lr: Any) -> Any:
    if not isinstance(lr, float):
        raise Refused("type", "lr")
    return original(lr)


def round_rate(self: Any, original: Any, lr: Any) -> Any:
    return round(original(lr), 3)


OPTIMIZER_FAULTS: tuple[Fault, ...] = (
    *wrong_refusals("a step before any registration", "OPT-19", "step"),
    *wrong_refusals("a group before any registration", "OPT-20", "add_param_group"),
    *wrong_refusals("a key that is registered already", "OPT-21", "register", "add_param_group"),
    overriding(
        "a key of an added group is accepted again",
        "OPT-21",
        register=forget_added_keys,
        add_param_group=forget_added_keys,
    ),
    *wrong_refusals("a weight without a value", "OPT-22", "register"),
    *wrong_refusals("an unknown key", "OPT-23", "step"),
    *wrong_refusals("a gradient of another shape", "OPT-24", "step"),
    *wrong_refusals("gradients that are no mapping", "OPT-25", "step"),
    overriding("the weights before a bad gradient are stepped", "OPT-26", step=step_one_by_one),
    overriding(
        "a group that is refused changes the first one's rate", "OPT-26", add_param_group=change_rate_and_refuse
    ),
    overriding("a rate must be a Python float", "OPT-3", check_lr=require_python_floats),
    overriding("a rate is rounded to three places", "OPT-3", check_lr=round_rate),
    overriding("keys must be strings", "OPT-13", register=require_strings),
    overriding("weights that hold the same array are one", "OPT-17", register=share_tied_weights),
    *wrong_refusals("a state that lacks something", "STA-15", "load_state_dict"),
    *wrong_refusals("a state of impossible values", "STA-16", "load_state_dict"),
    *wrong_refusals("a state of other groups", "STA-17", "load_state_dict"),
    overriding("a load that is refused wipes the slots", "STA-18", has_slots, load_state_dict=clear_slots_and_refuse),
    overriding("a load that is refused changes the rates", "STA-18", load_state_dict=double_rates_and_refuse),
)
