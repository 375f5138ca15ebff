"""Faults in refusals: bad values that are accepted or refused with another error, good values that are refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..scenarios.values import decode
from .domains import Domain, Integer, Real, Refused
from .faults import Fault, overriding

Arguments = dict[str, Any]
Handler = Callable[[Refused, Any], None]  # receives a refusal and the value; if it returns, the value is accepted
OverridesWith = Callable[[Handler], Mapping[str, Callable[..., Any]]]
OTHER_ERROR = {"type": "value", "value": "type"}


def accepting(kinds: frozenset[tuple[str, bool]], values: Iterable[Any] | None = None) -> Handler:
    """Accepts what should be refused with an error of these kinds; each kind says whether the value is finite."""

    def handle(refusal: Refused, value: Any) -> None:
        if (refusal.kind, finite(value)) not in kinds or (values is not None and value not in values):
            raise refusal

    return handle


def refusing_otherwise(kinds: frozenset[tuple[str, bool]]) -> Handler:
    """Refuses with the wrong error."""

    def handle(refusal: Refused, value: Any) -> None:
        if (refusal.kind, finite(value)) in kinds:
            raise Refused(OTHER_ERROR[refusal.kind], refusal.names)
        raise refusal

    return handle


def refusing_without_name(refusal: Refused, value: Any) -> None:
    raise Refused(refusal.kind)


def finite(value: Any) -> bool:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def handled_argument(name: str, domain: Domain, instead: Any) -> OverridesWith:
    """A constructor with a handler for one parameter; ``instead`` replaces a bad value that is accepted."""

    def overrides_with(handle: Handler) -> Mapping[str, Callable[..., Any]]:
        def read_arguments(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
            if name in arguments:
                try:
                    arguments[name] = domain.check(name, arguments[name])
                except Refused as refusal:
                    handle(refusal, arguments[name])
                    arguments[name] = instead
            original(arguments, parameters)

        return {"read_arguments": read_arguments}

    return overrides_with


def handled_check(handle: Handler) -> Callable[..., Any]:
    """A method that checks one value, with a handler."""

    def check(self: Any, original: Any, value: Any) -> Any:
        try:
            return original(value)
        except Refused as refusal:
            handle(refusal, value)
            return 3

    return check


def refusal_faults(
    domain: Domain, name: str, by: tuple[str, str, str], overrides_with: OverridesWith
) -> Iterator[Fault]:
    """For each kind of bad values: accepted, and refused with the wrong error; and a refusal that lacks the name.

    ``by`` has the requirements about types, finite numbers, and names in messages.
    """
    type_by, finite_by, name_by = by
    kinds = (
        ("of the wrong type", type_by, domain.wrong_types()),
        ("that is not finite", finite_by, domain.not_finite()),
        ("outside its range", domain.refused_by, domain.wrong_values()),
    )
    for kind, requirement, values in kinds:
        if values:
            refused = frozenset(_refused(domain, name, decode(value)) for value in values)
            yield overriding(f"a {name} {kind} is accepted", requirement, **overrides_with(accepting(refused)))
            yield overriding(
                f"a {name} {kind} is refused with another error",
                requirement,
                **overrides_with(refusing_otherwise(refused)),
            )
    nearest = _nearest(domain)
    if nearest:
        handle = accepting(frozenset({("value", True)}), nearest)
        yield overriding(f"a {name} just outside its range is accepted", domain.refused_by, **overrides_with(handle))
    yield overriding(f"{name} is refused without its name", name_by, **overrides_with(refusing_without_name))


def _refused(domain: Domain, name: str, value: Any) -> tuple[str, bool]:
    try:
        domain.check(name, value)
    except Refused as refusal:
        return refusal.kind, finite(value)
    raise ValueError(f"{name}={value!r} is not refused")


def _nearest(domain: Domain) -> list[Any]:
    """The values outside a domain that are nearest to it."""
    if isinstance(domain, Real):
        return [end for end in domain.ends() if math.isfinite(end) and not domain.contains(end)]
    return [domain.at_least - 1] if isinstance(domain, Integer) else []


# ---------------------------------------------------------------------------------------- makers for modules of classes


def accepting_entries(parameter: str, requirement: str, kind: str, instead: Any) -> Fault:
    """Entries of one wrong kind are accepted."""

    def change(definition: Any) -> Any:
        handle = accepting(frozenset({(kind, True)}))
        methods = handled_argument(parameter, definition.parameters[parameter], instead)(handle)
        return replace(definition, overrides={**definition.overrides, **methods})

    return Fault(f"an entry of {parameter} of the wrong {kind} is accepted", requirement, change)


def refusing(name: str, requirement: str, parameter: str, bad: Callable[[Any], bool]) -> Fault:
    """Good values are refused."""

    def read_arguments(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
        if parameter in arguments and bad(arguments[parameter]):
            raise Refused("type", parameter)
        original(arguments, parameters)

    return overriding(name, requirement, read_arguments=read_arguments)


def accepting_combination(name: str, requirement: str, **instead: Any) -> Fault:
    """Values that cannot be combined are accepted, and replaced by others."""

    def change(definition: Any) -> Any:
        def check_combination(hyper: dict[str, Any]) -> None:
            try:
                definition.check_combination(hyper)
            except Refused:
                hyper.update(instead)

        return replace(definition, check_combination=check_combination)

    return Fault(name, requirement, change)
