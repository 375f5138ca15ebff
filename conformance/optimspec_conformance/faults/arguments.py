"""Faults in constructor arguments, derived from the domains: bad values accepted, good ones refused, other defaults.

A bad value that is accepted is replaced by the value of the class's example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..classes.argument_faults import Arguments, Handler, handled_argument, handled_check, refusal_faults, refusing
from ..classes.definition import BASE_LR, LAST_EPOCH, LR, CompositeDefinition, Definition, OptimizerDefinition
from ..classes.domains import Domain, Integer, Pair, Refused
from ..classes.faults import Fault, overriding
from ..scenarios.values import Json, decode
from .conditions import gradient_sizes_matter


def faults_for(definition: Definition) -> tuple[Fault, ...]:
    if isinstance(definition, CompositeDefinition):
        return tuple(last_epoch_faults()) if definition.own_time else ()
    faults = (
        optimizer_faults(definition) if isinstance(definition, OptimizerDefinition) else scheduler_faults(definition)
    )
    return (*faults, *default_faults(definition))


def scheduler_faults(definition: Any) -> Iterator[Fault]:
    yield from parameter_faults(definition.parameters, definition.example, ("SCH-26", "SCH-27", "SCH-28"))
    yield from end_faults(definition.parameters, "SCH-30")
    yield from last_epoch_faults()
    for name, domain in definition.parameters.items():
        if isinstance(domain, Integer) and name in definition.example:
            yield refusing(f"{name} must be a Python int", "SCH-29", name, lambda value: not isinstance(value, int))
    if definition.base is None:
        base_lr = replace(BASE_LR, refused_by="SCH-20")
        yield from parameter_faults({"base_lr": base_lr}, {"base_lr": "0.3"}, ("SCH-19", "SCH-20", "SCH-28"))
        yield overriding("another default of base_lr", "SCH-16", read_arguments=another_default_base_lr)


def optimizer_faults(definition: OptimizerDefinition) -> Iterator[Fault]:
    yield from parameter_faults(definition.all_parameters, definition.example, ("OPT-27", "OPT-28", "OPT-29"))
    yield from end_faults(definition.all_parameters, "OPT-48")
    yield from refusal_faults(
        LR, "lr", ("OPT-7", "OPT-6", "OPT-29"), lambda handle: {"check_lr": handled_check(handle)}
    )
    for name, domain in definition.parameters.items():
        if isinstance(domain, Pair):
            yield refusing(f"{name} must be a list", "OPT-40", name, lambda value: not isinstance(value, list))


def parameter_faults(
    parameters: dict[str, Domain], examples: Mapping[str, Json], by: tuple[str, str, str]
) -> Iterator[Fault]:
    for name, domain in parameters.items():
        yield from refusal_faults(
            domain, name, by, handled_argument(name, domain, decode(examples.get(name, domain.default)))
        )


def end_faults(parameters: dict[str, Domain], requirement: str) -> Iterator[Fault]:
    for name, domain in parameters.items():
        for end in domain.closed_ends():
            text = str(end).replace("'", "")
            yield refusing(f"{name}={text} is refused", requirement, name, equal_to(decode(end)))


def equal_to(end: Any) -> Callable[[Any], bool]:
    return lambda value: bool(value == end)


def last_epoch_faults() -> Iterator[Fault]:
    def overrides_with(handle: Handler) -> Mapping[str, Callable[..., Any]]:
        def read_last_epoch(self: Any, original: Any, arguments: Arguments) -> None:
            last_epoch = arguments.get("last_epoch", 0)
            try:
                original(arguments)
            except Refused as refusal:
                handle(refusal, last_epoch)
                self.t = 0

        return {"read_last_epoch": read_last_epoch}

    yield from refusal_faults(LAST_EPOCH, "last_epoch", ("SCH-22", "SCH-21", "SCH-28"), overrides_with)
    yield overriding("a scheduler begins at 1", "SCH-1", read_last_epoch=start_at_one)


def start_at_one(self: Any, original: Any, arguments: Arguments) -> None:
    original({"last_epoch": 1} | arguments)
    arguments.pop("last_epoch", None)


def another_default_base_lr(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
    original({"base_lr": 0.01} | arguments, parameters)


def default_faults(definition: Any) -> Iterator[Fault]:
    """For every parameter with a default: a value of an example in place of it."""
    values = {name: value for example in definition.variations.values() for name, value in example.items()}
    values |= {name: value for name, value in definition.example.items() if name not in values}
    for name, domain in definition.parameters.items():
        if definition.defaults is not None and name in values and domain.default is not None:
            other = "0.3" if values[name] == domain.default else values[name]
            yield Fault(f"another default of {name}", definition.defaults, with_default(name, other))
    if isinstance(definition, OptimizerDefinition) and definition.defaults is not None:
        if definition.lr is not None:
            yield Fault("another default of lr", definition.defaults, lambda definition: replace(definition, lr="0.5"))
        if definition.weight_decay is not None:
            decay: Callable[[Any], Any] = lambda definition: replace(definition, weight_decay="0.3")  # noqa: E731
            yield Fault("another default of weight_decay", definition.defaults, decay)
        if not definition.is_wrapper and gradient_sizes_matter(definition):
            yield overriding("gradients clipped by default", definition.defaults, read_arguments=clip_by_default)


def clip_by_default(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
    original({"grad_clip_norm": 0.1} | arguments, parameters)


def with_default(name: str, value: Json) -> Callable[[Any], Any]:
    def change(definition: Any) -> Any:
        return replace(
            definition, parameters={**definition.parameters, name: replace(definition.parameters[name], default=value)}
        )

    return change
