"""Checks of arguments and of saved states. Each returns what it was given in one plain type, or raises."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np


def say(owner: object, text: str) -> str:
    return f"{type(owner).__name__}: {text}"


def real(owner: object, name: str, value: Any, domain: str) -> float:
    """Return `value` as a float if it is a real number in `domain`, an interval such as "(0, 1]"."""
    if not isinstance(value, Real):
        raise TypeError(say(owner, f"{name} must be a real number in {domain}, got {value!r}"))
    number = as_float(value)
    low, high = map(float, domain[1:-1].split(","))
    above = number > low if domain[0] == "(" else number >= low
    below = number < high if domain[-1] == ")" else number <= high
    if not (above and below):
        raise ValueError(say(owner, f"{name} must be in {domain}, got {value!r}"))
    return number


def optional_real(owner: object, name: str, value: Any, domain: str) -> float | None:
    return None if value is None else real(owner, name, value, domain)


class _NotNumbersError(TypeError, ValueError):
    """Two or three entries that are no numbers: of the wrong type (OPT-27), and not what a page asks for (ADAM-6)."""


def pair(owner: object, name: str, value: Any, first: str, second: str) -> tuple[float, float]:
    """Return two real numbers, each in a domain of its own."""
    try:
        entries = items(owner, name, value)
        numbers = [real(owner, name, entry, domain) for entry, domain in zip(entries, (first, second), strict=False)]
    except TypeError as error:
        raise _NotNumbersError(str(error)) from None
    if len(entries) != 2:
        raise ValueError(say(owner, f"{name} must be two real numbers, got {entries}"))
    return numbers[0], numbers[1]


def triple(owner: object, name: str, value: Any, domain: str) -> tuple[float, float, float]:
    """Return three real numbers in one domain."""
    try:
        numbers = [real(owner, name, entry, domain) for entry in items(owner, name, value)]
    except TypeError as error:
        raise _NotNumbersError(str(error)) from None
    if len(numbers) != 3:
        raise ValueError(say(owner, f"{name} must be three real numbers, got {numbers}"))
    return numbers[0], numbers[1], numbers[2]


def integer(owner: object, name: str, value: Any, low: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(say(owner, f"{name} must be an integer, got {value!r}")) from None
    if number < low:
        raise ValueError(say(owner, f"{name} must be at least {low}, got {value!r}"))
    return number


def optional_integer(owner: object, name: str, value: Any, low: int) -> int | None:
    return None if value is None else integer(owner, name, value, low)


def boolean(owner: object, name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(say(owner, f"{name} must be a boolean, got {value!r}"))
    return bool(value)


def choice(owner: object, name: str, value: Any, *options: str) -> str:
    if not isinstance(value, str):
        raise TypeError(say(owner, f"{name} must be a string, one of {options}, got {value!r}"))
    if value not in options:
        raise ValueError(say(owner, f"{name} must be one of {options}, got {value!r}"))
    return value


def scalar(owner: object, name: str, value: Any) -> float:
    """Return a number of any size, infinity and nan included, or the number in a 0-d array."""
    if isinstance(value, Real):
        return as_float(value)
    array = np.asarray(value)
    if array.shape or array.dtype.kind not in "biuf":
        raise TypeError(say(owner, f"{name} must be a real number or a 0-d array of one, got {value!r}"))
    return float(array)


def items(owner: object, name: str, value: Any) -> list[Any]:
    try:
        iterator = iter(value)
    except TypeError:
        raise TypeError(say(owner, f"{name} must be iterable, got {value!r}")) from None
    return list(iterator)


def increasing(owner: object, name: str, value: Any) -> tuple[int, ...]:
    numbers = tuple(integer(owner, name, entry, 0) for entry in items(owner, name, value))
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise ValueError(say(owner, f"{name} must be strictly increasing, got {numbers}"))
    return numbers


def rate_list(owner: object, name: str, value: Any) -> list[float]:
    """Return the rates in a number or in a list of numbers, of which the last is for every further group."""
    entries = value if isinstance(value, list | tuple) else [value]
    if not entries:
        raise ValueError(say(owner, f"{name} must not be empty"))
    return [real(owner, name, entry, "[0, inf)") for entry in entries]


def fields(owner: object, state: Any, *names: str) -> list[Any]:
    """Return the values of a saved dictionary that has exactly these keys."""
    if not isinstance(state, Mapping):
        raise TypeError(say(owner, f"a state must be a dictionary, got {state!r}"))
    if set(state) != set(names):
        raise KeyError(say(owner, f"a state must have the keys {sorted(names)}, got {list(state)}"))
    return [state[name] for name in names]


def as_float(value: Any) -> float:
    """Return a real number as a float, where one beyond every float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
