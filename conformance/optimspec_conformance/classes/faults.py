"""Faults: the oracle with one thing changed. Each changes the definition of a class and names what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

Change = Callable[[Any], Any]


def everywhere(definition: Any) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """A mistake in the implementation of a class: ``name`` completes “looks like”, ``change`` changes a definition.

    ``where`` says in which classes a shared fault makes a difference.
    """

    name: str
    requirement: str
    change: Change
    where: Callable[[Any], bool] = everywhere


def formula(name: str, requirement: str, replacement: Callable[..., Any]) -> Fault:
    """Another formula in place of the original, with the same signature."""
    return Fault(name, requirement, lambda definition: replace(definition, **{definition.FORMULA: replacement}))


def wrapping(name: str, requirement: str, wrapper: Callable[..., Any]) -> Fault:
    """The original formula, used wrongly: ``wrapper`` receives it before its arguments."""

    def change(definition: Any) -> Any:
        original = getattr(definition, definition.FORMULA)
        return replace(definition, **{definition.FORMULA: lambda *args, **hyper: wrapper(original, *args, **hyper)})

    return Fault(name, requirement, change)


def ignoring(name: str, requirement: str, **fixed: Any) -> Fault:
    """The original formula with fixed hyperparameters, whatever the user passed."""
    return wrapping(name, requirement, lambda original, *args, **hyper: original(*args, **{**hyper, **fixed}))


def changing(name: str, requirement: str, **changes: Callable[[Any], Any]) -> Fault:
    """The original formula with changed hyperparameters."""
    return wrapping(
        name,
        requirement,
        lambda original, *args, **hyper: original(
            *args, **hyper | {key: change(hyper[key]) for key, change in changes.items()}
        ),
    )


def longer(name: str, requirement: str, parameter: str) -> Fault:
    return changing(name, requirement, **{parameter: lambda length: length and length + 1})


def shorter(name: str, requirement: str, parameter: str) -> Fault:
    return changing(name, requirement, **{parameter: lambda length: length and max(length - 1, 1)})


def dividing_whole_numbers(requirement: str, length: str) -> tuple[Fault, Fault]:
    """Integers divided as many languages do, which round down: what should pass from 0 to 1 is 0 or 1."""

    def elapsed(original: Callable[..., Any], t: int, b: Any, **hyper: Any) -> Any:
        return original(t if t >= hyper[length] else 0, b, **hyper)

    def left(original: Callable[..., Any], t: int, b: Any, **hyper: Any) -> Any:
        return original(t and max(t, hyper[length]), b, **hyper)

    return (
        wrapping(f"an integer division, t/{length} is 0 until the end", requirement, elapsed),
        wrapping(f"an integer division, ({length} − t)/{length} is 0 from the first step on", requirement, left),
    )


def defaulting(name: str, requirement: str, **defaults: Any) -> Fault:
    """Other defaults, written as in a scenario."""

    def change(definition: Any) -> Any:
        domains = {key: replace(definition.parameters[key], default=value) for key, value in defaults.items()}
        return replace(definition, parameters={**definition.parameters, **domains})

    return Fault(name, requirement, change)


def overriding(
    name: str, requirement: str, where: Callable[[Any], bool] = everywhere, **methods: Callable[..., Any]
) -> Fault:
    """Other methods around the formula: each receives the object and the original method before its arguments."""
    return Fault(
        name, requirement, lambda definition: replace(definition, overrides={**definition.overrides, **methods}), where
    )


def spoiled_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    """A rate that is wrong once something shared has been overwritten."""
    return 77 + 0 * original(group, t) if "spoiled" in vars(self) else original(group, t)


def spoiled_by(*targets: str) -> Callable[..., Any]:
    def on_scribble(self: Any, original: Any, target: str) -> None:
        if target in targets:
            self.spoiled = True

    return on_scribble


def caller_list_kept(name: str, requirement: str, *arguments: str) -> Fault:
    """A list of the caller is kept instead of copied, so it changes when the caller changes it."""
    return overriding(name, requirement, on_scribble=spoiled_by(*arguments), rate=spoiled_rate)
