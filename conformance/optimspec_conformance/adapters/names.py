"""What libraries call the classes and their parameters, for those who change from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Make = TypeVar("Make", bound=Callable[..., Any])


@dataclass(frozen=True)
class LibraryName:
    """The name of a class in a library, and what becomes there of parameters that are not what they are here."""

    name: str
    parameters: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


LACKING = "–"
NAMES: dict[Callable[..., Any], LibraryName] = {}


def calling(name: str, **parameters: str) -> Callable[[Make], Make]:
    """Mark a function of an adapter with what it calls in the library."""

    def mark(make: Make) -> Make:
        NAMES[make] = LibraryName(name, parameters)
        return make

    return mark


def with_fixed(name: str, fixed: Mapping[str, Any]) -> str:
    """The name with the arguments that make the class what it is."""
    return f"{name}({', '.join(f'{argument}={value!r}' for argument, value in fixed.items())})" if fixed else name
