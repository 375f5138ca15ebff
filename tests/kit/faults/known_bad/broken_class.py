"""A class of the reference that is broken on purpose, and the requirement that must reject it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optimspec

Class = type[Any]


@dataclass(frozen=True)
class BrokenClass:
    """``broken`` takes the place of its base class; ``requirement`` must be among those that reject it."""

    name: str
    requirement: str
    broken: Class
    precision: str = "float64"

    @property
    def subject(self) -> str:
        return next(base.__name__ for base in self.broken.__mro__ if base.__name__ in optimspec.__all__)


def with_members(
    base: Class, name: str, requirement: str, *, precision: str = "float64", **members: Any
) -> BrokenClass:
    """A class with other methods or attributes in place of those that it has."""
    missing = [member for member in members if not hasattr(base, member)]
    if missing:
        raise AttributeError(f"{base.__name__} has no {', '.join(missing)} to replace")
    return BrokenClass(name, requirement, type(f"Broken{base.__name__}", (base,), members), precision)


def with_rate(
    base: Class, name: str, requirement: str, rate: Callable[..., Any], precision: str = "float64"
) -> BrokenClass:
    """A schedule with another formula, for plain numbers: ``rate(t, b, **hyper, xp=numpy)``."""
    return with_members(base, name, requirement, precision=precision, rate=staticmethod(rate))


def with_rule(base: Class, name: str, requirement: str, apply: Callable[..., Any]) -> BrokenClass:
    """An optimizer with another rule: ``apply(g, slots, p, lr, k, **hyper)``."""
    return with_members(base, name, requirement, apply=staticmethod(apply))
