"""What a fault is, and how to make one out of a class of the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optimspec

Class = type[Any]


@dataclass(frozen=True)
class Fault:
    """``requirement`` must be among those that reject ``broken``, which takes the place of its base class."""

    name: str
    requirement: str
    broken: Class
    precision: str = "float64"

    @property
    def subject(self) -> str:
        return next(base.__name__ for base in self.broken.__mro__ if base.__name__ in optimspec.__all__)


def shell(base: Class, name: str, requirement: str, *, precision: str = "float64", **members: Any) -> Fault:
    """A class with other methods in place of those that it has."""
    assert all(hasattr(base, member) for member in members), f"{base.__name__} has no {', '.join(members)} to replace"
    return Fault(name, requirement, type(f"Broken{base.__name__}", (base,), members), precision)


def formula(base: Class, name: str, requirement: str, rate: Callable[..., Any], precision: str = "float64") -> Fault:
    """A schedule with another formula, for plain numbers: ``rate(t, b, **hyper, xp=numpy)``."""
    return shell(base, name, requirement, precision=precision, rate=staticmethod(rate))


def rule(base: Class, name: str, requirement: str, apply: Callable[..., Any]) -> Fault:
    """An optimizer with another rule: ``apply(g, slots, p, lr, k, **hyper)``."""
    return shell(base, name, requirement, apply=staticmethod(apply))


def ignoring(base: Class, name: str, requirement: str, **fixed: Any) -> Fault:
    """The right formula or rule, with these hyperparameters whatever the user asked for."""
    if issubclass(base, optimspec.Optimizer):
        return rule(base, name, requirement, lambda *given, **hyper: base.apply(*given, **hyper | fixed))
    return formula(base, name, requirement, lambda *given, **hyper: base.rate(*given, **hyper | fixed))


def defaulting(base: Class, name: str, requirement: str, **defaults: Any) -> Fault:
    """The right class, with other defaults."""
    return shell(base, name, requirement, __init__=lambda self, **given: base.__init__(self, **defaults | given))


def unchecked(base: Class, requirement: str, argument: str, *names: str) -> Fault:
    """The right class, with a pair of hyperparameters that is not looked at: surplus numbers are dropped."""

    def init(self: Any, **given: Any) -> None:
        numbers = given.pop(argument, ())
        base.__init__(self, **given)
        self.hyper.update(zip(names, numbers, strict=False))

    return shell(base, f"{argument} not checked", requirement, __init__=init)


def one_step_late(base: Class, requirement: str) -> Fault:
    return formula(base, "one step late", requirement, lambda t, b, **hyper: base.rate(max(t - 1, 0), b, **hyper))


def one_step_early(base: Class, requirement: str) -> Fault:
    return formula(base, "one step early", requirement, lambda t, b, **hyper: base.rate(t + 1, b, **hyper))
