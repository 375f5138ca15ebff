"""Domains: which values a parameter may have, and which must be refused.

A domain refuses a value by raising ``Refused``. Checks try its lists of bad values, and the values at its ends, which
are encoded as in a scenario.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import index
from typing import Any, ClassVar

import numpy as np

from ..scenarios.values import Json

NAN, INF = {"float": "nan"}, {"float": "inf"}
NON_NEGATIVE, POSITIVE = "[0, inf)", "(0, inf)"
NUMBERS = (int, float, np.integer, np.floating)


class Refused(Exception):
    """The error that an implementation must raise: ``kind`` is type, value or key; ``names`` is the parameter.

    ``by`` is the requirement that refuses, if that is not the one of the check.
    """

    def __init__(self, kind: str, names: str | None = None, by: str | None = None) -> None:
        super().__init__(kind, names, by)
        self.kind, self.names, self.by = kind, names, by


class Domain(ABC):
    """``default`` is the default value, ``refused_by`` the requirement that refuses values outside.

    The lists of bad values, each for another kind of error, are empty unless a domain has some, and so is that of the
    values at its ``closed_ends``, which must be accepted.
    """

    default: Json
    refused_by: str

    @abstractmethod
    def check(self, name: str, value: Any) -> Any: ...

    def wrong_types(self) -> list[Json]:
        return []

    def not_finite(self) -> list[Json]:
        return []

    def wrong_values(self) -> list[Json]:
        return []

    def closed_ends(self) -> list[Json]:
        return []


@dataclass(frozen=True)
class Real(Domain):
    """A real number in an interval, written as in mathematics."""

    interval: str
    default: Json
    refused_by: str
    optional: bool = False

    def check(self, name: str, value: Any) -> Any:
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, NUMBERS):
            raise Refused("type", name)
        number = float(value)
        if not math.isfinite(number) or not self.contains(number):
            raise Refused("value", name)
        return number

    def ends(self) -> tuple[float, float]:
        low, high = self.interval[1:-1].split(",")
        return float(low), float(high)

    def contains(self, value: float) -> bool:
        low, high = self.ends()
        above = value >= low if self.interval[0] == "[" else value > low
        below = value <= high if self.interval[-1] == "]" else value < high
        return above and below

    def wrong_types(self) -> list[Json]:
        return [{"str": "0.5"}, ["0.5"]] + ([] if self.optional else [None])

    def not_finite(self) -> list[Json]:
        return [NAN, INF, {"float": "-inf"}]

    def wrong_values(self) -> list[Json]:
        low, high = self.ends()
        outside = [low - 0.5, low, high, high + 0.5]
        return [repr(value) for value in outside if math.isfinite(value) and not self.contains(value)]

    def closed_ends(self) -> list[Json]:
        return [repr(end) for end in self.ends() if math.isfinite(end) and self.contains(end)]


@dataclass(frozen=True)
class Integer(Domain):
    """An integer with a lower bound."""

    at_least: int
    default: Json
    refused_by: str
    optional: bool = False

    def check(self, name: str, value: Any) -> int | None:
        if value is None and self.optional:
            return None
        try:
            number = index(value)
        except TypeError:
            raise Refused("type", name) from None
        if number < self.at_least:
            raise Refused("value", name)
        return number

    def wrong_types(self) -> list[Json]:
        return [repr(float(self.at_least + 3)), {"str": "3"}, [3]] + ([] if self.optional else [None])

    def wrong_values(self) -> list[Json]:
        return [self.at_least - 1, self.at_least - 7]

    def closed_ends(self) -> list[Json]:
        return [self.at_least]


@dataclass(frozen=True)
class Increasing(Domain):
    """Strictly increasing integers from 0 on, in any iterable. ``none_is_open``: None may be accepted or refused."""

    default: Json
    refused_by: str
    none_is_open: bool = False

    def check(self, name: str, value: Any) -> tuple[int, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise Refused("type", name)
        numbers = tuple(Integer(0, None, "").check(name, entry) or 0 for entry in value)
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            raise Refused("value", name)
        return numbers

    def wrong_types(self) -> list[Json]:
        return [5, ["3.0", 7, 8], ["3.5", 7, 8]] + ([] if self.none_is_open else [None])

    def wrong_values(self) -> list[Json]:
        return [[3, 3, 8], [3, 5, 4], [-1, 4, 8]]  # of the examples' length, so that nothing else is wrong

    def closed_ends(self) -> list[Json]:
        return [[0, 4, 8]]


@dataclass(frozen=True)
class Pair(Domain):
    """Two real numbers, both in one interval, in any iterable."""

    interval: str
    default: Json
    refused_by: str
    length: ClassVar[int] = 2

    def check(self, name: str, value: Any) -> tuple[float, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise Refused("type", name)
        numbers = [Real(self.interval, None, "").check(name, entry) for entry in value]
        if len(numbers) != self.length:
            raise Refused("value", name)
        return tuple(numbers)

    def with_entry(self, entry: Json) -> list[Json]:
        """The numbers with one of them replaced, for each position."""
        return [["0.9"] * i + [entry] + ["0.9"] * (self.length - i - 1) for i in range(self.length)]

    def wrong_types(self) -> list[Json]:
        return ["0.9", None, self.with_entry({"str": "0.9"})[-1]]

    def not_finite(self) -> list[Json]:
        return [*self.with_entry(NAN), self.with_entry(INF)[0]]

    def wrong_values(self) -> list[Json]:
        outside = [self.with_entry(bad) for bad in Real(self.interval, None, "").wrong_values()]
        by_position = [entries[i] for i in range(self.length) for entries in outside]
        return [["0.9"] * (self.length - 1), ["0.9"] * (self.length + 1), *by_position]

    def closed_ends(self) -> list[Json]:
        ends = [self.with_entry(end) for end in Real(self.interval, None, "").closed_ends()]
        return [entries[i] for i in range(self.length) for entries in ends]


@dataclass(frozen=True)
class Triple(Pair):
    """Three real numbers, all in one interval, in any iterable."""

    length: ClassVar[int] = 3


@dataclass(frozen=True)
class RateList(Domain):
    """Non-negative finite rates in any iterable, whose number another parameter fixes. None is left unspecified."""

    default: Json
    refused_by: str

    def check(self, name: str, value: Any) -> tuple[float, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise Refused("type", name)
        return tuple(Real(NON_NEGATIVE, None, "").check(name, entry) for entry in value)

    def wrong_types(self) -> list[Json]:
        return ["0.1"]

    def closed_ends(self) -> list[Json]:
        return [["0.5", "0.4", "0.7", "0.0"]]  # of the example's length


@dataclass(frozen=True)
class Choice(Domain):
    """One of a few words."""

    options: tuple[str, ...]
    default: Json
    refused_by: str

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("type", name)
        if value not in self.options:
            raise Refused("value", name)
        return value

    def wrong_types(self) -> list[Json]:
        return [3, None]

    def wrong_values(self) -> list[Json]:
        return [{"str": "sideways"}, {"str": self.options[0].upper()}, {"str": ""}]


@dataclass(frozen=True)
class Function(Domain):
    """A function of one number, or None."""

    default: Json
    refused_by: str

    def check(self, name: str, value: Any) -> Any:
        if value is not None and not callable(value):
            raise Refused("type", name)
        return value

    def wrong_values(self) -> list[Json]:
        return ["0.5", {"str": "power"}]


@dataclass(frozen=True)
class Boolean(Domain):
    """True or False."""

    default: Json
    refused_by: str = ""

    def check(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Refused("type", name)
        return value

    def wrong_types(self) -> list[Json]:
        return [{"str": "yes"}]


@dataclass(frozen=True)
class BaseOptimizer(Domain):
    """An optimizer that another one wraps. It stays encoded: the oracle builds it."""

    default: Json
    refused_by: str

    def check(self, name: str, value: Any) -> Any:
        if not (isinstance(value, dict) and "class" in value):
            raise Refused("type", name)
        return value

    def wrong_values(self) -> list[Json]:
        return [None, "0.1", {"str": "SGD"}]


@dataclass(frozen=True)
class Rates(Domain):
    """A base rate: one number, or a non-empty list or tuple of them, finite and not negative."""

    default: Json
    refused_by: str

    def check(self, name: str, value: Any) -> list[float]:
        if not isinstance(value, (list, tuple)):
            value = [value]
        elif not value:
            raise Refused("value", name)
        return [Real(NON_NEGATIVE, None, "").check(name, entry) for entry in value]

    def wrong_types(self) -> list[Json]:
        return [{"str": "0.1"}, None, ["0.1", {"str": "0.1"}], ["0.1", ["0.1"]]]

    def not_finite(self) -> list[Json]:
        return [NAN, INF, ["0.1", NAN], ["0.1", INF]]

    def wrong_values(self) -> list[Json]:
        return [[], {"tuple": []}, "-0.1", ["0.1", "-0.1"]]

    def closed_ends(self) -> list[Json]:
        return ["0.0"]
