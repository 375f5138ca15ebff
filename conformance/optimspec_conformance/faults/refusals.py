"""Faults in what methods refuse: jumps, loads, gradients, groups that are accepted, or refused with a wrong error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..classes.argument_faults import at_once, families
from ..classes.definition import CompositeDefinition, Definition, OptimizerDefinition
from ..classes.domains import Integer, Refused
from ..classes.faults import Fault, overriding
from ..oracle.optimizers import FixedRates
from ..scenarios.examples import exponential
from .optimizers import wipe, with_slots
from .schedulers import based, go, in_closed_form

EPOCH = Integer(0, None, "SCH-23")
Method = Callable[..., Any]


def of(definition: Definition) -> tuple[Fault, ...]:
    if isinstance(definition, OptimizerDefinition):
        return OF_OPTIMIZERS
    return (*OF_SCHEDULERS, *OF_COMPOSITES) if isinstance(definition, CompositeDefinition) else OF_SCHEDULERS


def overlooking(by: str) -> Method:
    """What one requirement refuses is silently ignored."""

    def method(self: Any, original: Any, *given: Any) -> None:
        try:
            original(*given)
        except Refused as refusal:
            if refusal.by != by:
                raise

    return method


def mistaking(by: str) -> Method:
    """What one requirement refuses is refused with an unspecified kind of error."""

    def method(self: Any, original: Any, *given: Any) -> None:
        try:
            original(*given)
        except Refused as refusal:
            if refusal.by != by:
                raise
            raise Refused("RuntimeError", refusal.names, by) from None

    return method


def refusing_wrongly(what: str, by: str, *methods: str) -> tuple[Fault, ...]:
    """Two faults for each thing that a requirement refuses."""
    return (
        overriding(f"{what}: accepted", by, **dict.fromkeys(methods, overlooking(by))),
        overriding(f"{what}: another error is raised", by, **dict.fromkeys(methods, mistaking(by))),
    )


# ------------------------------------------------------------------------------------------------------ schedulers


def moving_all_the_same(self: Any, original: Any, epoch: Any) -> Any:
    try:
        return original(epoch)
    except Refused:
        self.walk(1)
        raise


def ints_alone(self: Any, original: Any, epoch: Any) -> Any:
    if not isinstance(epoch, int):
        raise Refused("type", "epoch")
    return original(epoch)


def at_the_beginning(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        go(self, 0)
        raise


def as_far_as_it_goes(self: Any, original: Any, state: Any) -> None:
    with suppress(Exception):
        original(state)


def loading_wrongly(what: str, by: str) -> tuple[Fault, ...]:
    accepted, mistaken = refusing_wrongly(what, by, "check_state")
    return overriding(accepted.name, by, check_state=overlooking(by), adopt=as_far_as_it_goes), mistaken


def zero_refused(self: Any, original: Any, *given: Any) -> None:
    original(*given)
    if 0 in self.base_lrs:
        raise Refused("value", "base_lr")


OF_SCHEDULERS: tuple[Fault, ...] = (
    *(
        Fault(fault.name, fault.requirement, fault.change, in_closed_form)
        for fault in families(
            EPOCH,
            "epoch",
            ("SCH-24", "SCH-23", "SCH-28"),
            lambda judge: {"time_of": at_once(judge)},
        )
    ),
    overriding("a step that is refused moves the time by one", "SCH-25", in_closed_form, time_of=moving_all_the_same),
    overriding("epoch must be a Python int", "SCH-29", in_closed_form, time_of=ints_alone),
    overriding("a base rate of 0 is refused", "SCH-17", based, take_arguments=zero_refused, take=zero_refused),
    *loading_wrongly("a state that lacks something", "STA-15"),
    *loading_wrongly("a state of impossible values", "STA-16"),
    *loading_wrongly("a state of other groups or members", "STA-17"),
    overriding("a load that is refused goes back to the beginning", "STA-18", check_state=at_the_beginning),
)


# ------------------------------------------------------------------------------------------------------ composites


def with_others_instead(by: str) -> Method:
    """Members that a requirement refuses are replaced by others."""

    def take(self: Any, original: Any, config: Any, definitions: Any) -> None:
        try:
            original(config, definitions)
        except Refused as refusal:
            if refusal.by != by:
                raise
            given = config["schedulers"] if isinstance(config["schedulers"], list) else []
            count = max(len(given), len(config.get("milestones", [])) + 1)
            original({**config, "schedulers": [exponential(base_lr="0.3")] * count}, definitions)

    return take


def members_wrongly(what: str, by: str) -> tuple[Fault, ...]:
    mistaken = overriding(f"{what}: another error is raised", by, take_members=mistaking(by))
    return overriding(f"{what}: accepted", by, take_members=with_others_instead(by)), mistaken


def not_nested(self: Any, original: Any, *given: Any) -> None:
    original(*given)
    if any(member.members for member in self.members):
        raise Refused("type", "schedulers")


def no_iterators(self: Any, original: Any, config: Any, definitions: Any) -> None:
    if not isinstance(config["schedulers"], list):
        raise Refused("type", "schedulers")
    original(config, definitions)


def of_the_whole_alone(self: Any, original: Any, group: int, base_lr: float) -> None:
    self.base_lrs[group] = base_lr


OF_COMPOSITES: tuple[Fault, ...] = (
    overriding("composites do not nest", "CMP-4", take_members=not_nested),
    *members_wrongly("no members", "CMP-5"),
    *members_wrongly("a member that is no scheduler", "CMP-6"),
    overriding("members must be a list", "CMP-9", take_members=no_iterators),
    *members_wrongly("a plateau as a member", "CMP-11"),
    overriding("an explicit rate does not reach the members", "CMP-8", set_base_lr=of_the_whole_alone),
)


# ------------------------------------------------------------------------------------------------------ optimizers


def one_by_one(self: Any, original: Any, grads: Any) -> None:
    """The weights before a bad gradient are stepped before it is refused."""
    for grad in grads if isinstance(grads, list) and grads else [None]:
        original(grads if grad is None else [grad])


def wiping(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        wipe(self)
        raise


def doubling(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        if isinstance(self.rates, FixedRates):
            self.rates.lrs = [2 * lr for lr in self.rates.lrs]
        raise


def joining_all_the_same(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    """A refused group has already replaced the rate of the first one."""
    try:
        original(weights, lr, weight_decay)
    except Refused:
        self.rates.set_base_lr(0, 0.5)
        raise


def strings_alone(self: Any, original: Any, weights: Any, *given: Any) -> None:
    if not all(isinstance(key, str) for key, _ in weights):
        raise Refused("type")
    original(weights, *given)


def apart(self: Any, original: Any, weights: Any, *given: Any) -> None:
    """Of weights that share an array, only the first one is stepped."""
    original([[key, array] for key, array in weights if "tied" not in array], *given)
    first = {array["tied"]: key for key, array in weights if "tied" in array}
    for name, twin in first.items():
        self.weights[twin] = self.weights[name]


OF_OPTIMIZERS: tuple[Fault, ...] = (
    *refusing_wrongly("a step before any registration", "OPT-19", "step"),
    *refusing_wrongly("a group before any registration", "OPT-20", "add_param_group"),
    *refusing_wrongly("a key that is registered already", "OPT-21", "register", "add_param_group"),
    *refusing_wrongly("a weight without a value", "OPT-22", "register"),
    *refusing_wrongly("an unknown key", "OPT-23", "step"),
    *refusing_wrongly("a gradient of another shape", "OPT-24", "step"),
    *refusing_wrongly("gradients that are no mapping", "OPT-25", "step"),
    overriding("the weights before a bad gradient are stepped", "OPT-26", step=one_by_one),
    overriding("a group that is refused changes the first one's rate", "OPT-26", add_param_group=joining_all_the_same),
    overriding("keys must be strings", "OPT-13", register=strings_alone),
    overriding("weights that hold the same array are one", "OPT-17", register=apart),
    *refusing_wrongly("a state that lacks something", "STA-15", "adopt"),
    *refusing_wrongly("a state of impossible values", "STA-16", "adopt"),
    *refusing_wrongly("a state of other groups", "STA-17", "adopt"),
    overriding("a load that is refused wipes the slots", "STA-18", with_slots, adopt=wiping),
    overriding("a load that is refused changes the rates", "STA-18", adopt=doubling),
)
