"""Mistakes in refusals: bad values that are accepted, or refused with another error; good values that are refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..scenarios.values import decode
from .domains import Domain, Integer, Real, Refused
from .faults import Fault, overriding

Arguments = dict[str, Any]
Judge = Callable[[Refused, Any], None]  # receives a refusal and its value; returns if the value is accepted
Wrapped = Callable[[Judge], Mapping[str, Callable[..., Any]]]
OTHER = {"type": "value", "value": "type"}


def accepting(meant: frozenset[tuple[str, bool]], values: Iterable[Any] | None = None) -> Judge:
    """Accepts what would be refused with these kinds of error, for finite values or others."""

    def judge(refusal: Refused, value: Any) -> None:
        if (refusal.kind, finite(value)) not in meant or (values is not None and value not in values):
            raise refusal

    return judge


def mistaking(meant: frozenset[tuple[str, bool]]) -> Judge:
    def judge(refusal: Refused, value: Any) -> None:
        if (refusal.kind, finite(value)) in meant:
            raise Refused(OTHER[refusal.kind], refusal.names)
        raise refusal

    return judge


def unnamed(refusal: Refused, value: Any) -> None:
    raise Refused(refusal.kind)


def finite(value: Any) -> bool:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def wrapping(name: str, domain: Domain, instead: Any) -> Wrapped:
    """A constructor with a judge for one parameter; ``instead`` replaces a bad value that is accepted."""

    def wrapped(judge: Judge) -> Mapping[str, Callable[..., Any]]:
        def take(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
            if name in arguments:
                try:
                    arguments[name] = domain.check(name, arguments[name])
                except Refused as refusal:
                    judge(refusal, arguments[name])
                    arguments[name] = instead
            original(arguments, parameters)

        return {"take_arguments": take}

    return wrapped


def at_once(judge: Judge) -> Callable[..., Any]:
    """A method that checks one value, with a judge."""

    def check(self: Any, original: Any, value: Any) -> Any:
        try:
            return original(value)
        except Refused as refusal:
            judge(refusal, value)
            return 3

    return check


def families(domain: Domain, name: str, by: tuple[str, str, str], wrapped: Wrapped) -> Iterator[Fault]:
    """Faults for each kind of bad values: accepted, or refused with the wrong error; and a refusal without the name.

    ``by`` has the requirements about types, finite numbers, and names in messages.
    """
    wrong_type, not_finite, named = by
    kinds = (
        ("of the wrong type", wrong_type, domain.wrong_types()),
        ("that is not finite", not_finite, domain.not_finite()),
        ("outside its range", domain.refused_by, domain.wrong_values()),
    )
    for kind, requirement, values in kinds:
        if values:
            meant = frozenset(_refused(domain, name, decode(value)) for value in values)
            yield overriding(f"a {name} {kind} is accepted", requirement, **wrapped(accepting(meant)))
            yield overriding(f"a {name} {kind} is refused with another error", requirement, **wrapped(mistaking(meant)))
    nearest = _nearest(domain)
    if nearest:
        judge = accepting(frozenset({("value", True)}), nearest)
        yield overriding(f"a {name} just outside its range is accepted", domain.refused_by, **wrapped(judge))
    yield overriding(f"{name} is refused without its name", named, **wrapped(unnamed))


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


# -------------------------------------------------------------------------------------------- for a class's own module


def accepted(parameter: str, requirement: str, kind: str, instead: Any) -> Fault:
    """One kind of bad values is accepted."""

    def change(definition: Any) -> Any:
        judge = accepting(frozenset({(kind, True)}))
        methods = wrapping(parameter, definition.parameters[parameter], instead)(judge)
        return replace(definition, overrides={**definition.overrides, **methods})

    return Fault(f"an entry of {parameter} of the wrong {kind} is accepted", requirement, change)


def refusing(name: str, requirement: str, parameter: str, bad: Callable[[Any], bool]) -> Fault:
    """Good values are refused."""

    def take(self: Any, original: Any, arguments: Arguments, parameters: Any) -> None:
        if parameter in arguments and bad(arguments[parameter]):
            raise Refused("type", parameter)
        original(arguments, parameters)

    return overriding(name, requirement, take_arguments=take)


def combination_accepted(name: str, requirement: str, **instead: Any) -> Fault:
    """Values that cannot be combined are accepted, and replaced by others."""

    def change(definition: Any) -> Any:
        def check_combination(hyper: dict[str, Any]) -> None:
            try:
                definition.check_combination(hyper)
            except Refused:
                hyper.update(instead)

        return replace(definition, check_combination=check_combination)

    return Fault(name, requirement, change)
