"""Faults in constructor arguments, derived from the domains: bad values accepted, good ones refused, other defaults.

In place of a bad value that is accepted, the value of the class's example is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..classes.argument_faults import Arguments, Judge, at_once, families, refusing, wrapping
from ..classes.definition import BASE_LR, CompositeDefinition, Definition, OptimizerDefinition
from ..classes.domains import NON_NEGATIVE, Domain, Integer, Pair, Real, Refused
from ..classes.faults import Fault, overriding
from ..scenarios.values import Json, decode
from .optimizers import follows_sizes

LAST_EPOCH, LR = Integer(-1, 0, "SCH-21"), Real(NON_NEGATIVE, None, "OPT-6")


def of(definition: Definition) -> tuple[Fault, ...]:
    if isinstance(definition, CompositeDefinition):
        return tuple(of_last_epoch()) if definition.own_time else ()
    of_class = of_optimizer(definition) if isinstance(definition, OptimizerDefinition) else of_scheduler(definition)
    return (*of_class, *other_defaults(definition))


def of_scheduler(definition: Any) -> Iterator[Fault]:
    yield from of_parameters(definition.parameters, definition.example, ("SCH-26", "SCH-27", "SCH-28"))
    yield from of_last_epoch()
    for name, domain in definition.parameters.items():
        if isinstance(domain, Integer) and name in definition.example:
            yield refusing(f"{name} must be a Python int", "SCH-29", name, lambda value: not isinstance(value, int))
    if definition.base is None:
        base_lr = replace(BASE_LR, refused_by="SCH-20")
        yield from of_parameters({"base_lr": base_lr}, {"base_lr": "0.3"}, ("SCH-19", "SCH-20", "SCH-28"))
        yield overriding("another default of base_lr", "SCH-16", take_arguments=with_another_base_rate)


def of_optimizer(definition: OptimizerDefinition) -> Iterator[Fault]:
    yield from of_parameters(definition.all_parameters, definition.example, ("OPT-27", "OPT-28", "OPT-29"))
    yield from families(LR, "lr", ("OPT-7", "OPT-6", "OPT-29"), lambda judge: {"own_rate": at_once(judge)})
    for name, domain in definition.parameters.items():
        if isinstance(domain, Pair):
            yield refusing(f"{name} must be a list", "OPT-40", name, lambda value: not isinstance(value, list))


def of_parameters(
    parameters: dict[str, Domain], examples: Mapping[str, Json], by: tuple[str, str, str]
) -> Iterator[Fault]:
    for name, domain in parameters.items():
        yield from families(domain, name, by, wrapping(name, domain, decode(examples.get(name, domain.default))))


def of_last_epoch() -> Iterator[Fault]:
    def wrapped(judge: Judge) -> Mapping[str, Callable[..., Any]]:
        def take(self: Any, original: Any, arguments: Arguments) -> None:
            given = arguments.get("last_epoch", 0)
            try:
                original(arguments)
            except Refused as refusal:
                judge(refusal, given)
                self.t = 0

        return {"take_time": take}

    yield from families(LAST_EPOCH, "last_epoch", ("SCH-22", "SCH-21", "SCH-28"), wrapped)
    yield overriding("a scheduler begins at 1", "SCH-1", take_time=from_one)


def from_one(self: Any, original: Any, arguments: Arguments) -> None:
    original({"last_epoch": 1} | arguments)
    arguments.pop("last_epoch", None)


def with_another_base_rate(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
    original({"base_lr": 0.01} | arguments, parameters)


def other_defaults(definition: Any) -> Iterator[Fault]:
    """For every parameter with a default: the value of the example as its default."""
    for name, domain in definition.parameters.items():
        if definition.defaults is not None and name in definition.example and domain.default is not None:
            yield Fault(f"another default of {name}", definition.defaults, with_default(name, definition.example[name]))
    if isinstance(definition, OptimizerDefinition) and definition.defaults is not None:
        if definition.lr is not None:
            yield Fault("another default of lr", definition.defaults, lambda definition: replace(definition, lr="0.5"))
        if definition.weight_decay is not None:
            decay: Callable[[Any], Any] = lambda definition: replace(definition, weight_decay="0.3")  # noqa: E731
            yield Fault("another default of weight_decay", definition.defaults, decay)
        if not definition.is_wrapper and follows_sizes(definition):
            yield overriding("gradients clipped by default", definition.defaults, take_arguments=clipping)


def clipping(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
    original({"grad_clip_norm": 0.1} | arguments, parameters)


def with_default(name: str, value: Json) -> Callable[[Any], Any]:
    def change(definition: Any) -> Any:
        return replace(
            definition, parameters={**definition.parameters, name: replace(definition.parameters[name], default=value)}
        )

    return change
