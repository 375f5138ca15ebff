"""The names of classes and parameters in libraries, for users who migrate from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Make = TypeVar("Make", bound=Callable[..., Any])


@dataclass(frozen=True)
class LibraryName:
    """The name of a class in a library, and its names for the parameters that differ or are missing."""

    name: str
    parameters: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


LACKING = "–"
NAMES: dict[Callable[..., Any], LibraryName] = {}


def calling(name: str, **parameters: str) -> Callable[[Make], Make]:
    """Mark a function of an adapter with the name of what it calls in the library."""

    def mark(make: Make) -> Make:
        NAMES[make] = LibraryName(name, parameters)
        return make

    return mark


def with_fixed(name: str, fixed: Mapping[str, Any]) -> str:
    """The name with the arguments that make the class what it is."""
    return f"{name}({', '.join(f'{argument}={value!r}' for argument, value in fixed.items())})" if fixed else name
