"""Checks of arguments: TypeError for a wrong type, ValueError for a wrong value, always with the name and the range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise
from numbers import Real
from operator import index
from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np

NON_NEGATIVE = "[0, inf)"
POSITIVE = "(0, inf)"
T = TypeVar("T")


def real(owner: object, name: str, value: object, interval: str, requirement: str) -> float:
    """``value`` as a finite float within ``interval``, in mathematical notation: ``"(0, 1]"``."""
    number = _as_float(value)
    if number is None:
        raise TypeError(_message(owner, name, "a real number", value, requirement))
    if not math.isfinite(number) or not _within(number, interval):
        raise ValueError(_message(owner, name, f"in {interval}", value, requirement))
    return number


def integer(owner: object, name: str, value: Any, at_least: int, requirement: str) -> int:
    """``value`` as an int of at least ``at_least``: anything with ``__index__`` is accepted, floats are not."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(_message(owner, name, "an integer", value, requirement)) from None
    if number < at_least:
        raise ValueError(_message(owner, name, f"an integer >= {at_least}", value, requirement))
    return number


def boolean(owner: object, name: str, value: object, requirement: str) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(_message(owner, name, "True or False", value, requirement))
    return bool(value)


def rates(owner: object, name: str, value: object, requirement: str) -> list[float]:
    """A real number, or a non-empty list or tuple of them, as a list of rates: finite and non-negative."""
    if not isinstance(value, (list, tuple)):
        return [real(owner, name, value, NON_NEGATIVE, requirement)]
    if not value:
        raise ValueError(_message(owner, name, "at least one rate", value, requirement))
    return [real(owner, name, entry, NON_NEGATIVE, requirement) for entry in value]


def choice(owner: object, name: str, value: object, options: tuple[str, ...], requirement: str) -> str:
    if not isinstance(value, str):
        raise TypeError(_message(owner, name, f"one of {options}", value, requirement))
    if value not in options:
        raise ValueError(_message(owner, name, f"one of {options}", value, requirement))
    return value


def optional(check: Callable[..., T], owner: object, name: str, value: object, *bounds: object) -> T | None:
    """None, or what ``check`` makes of the value."""
    return None if value is None else check(owner, name, value, *bounds)


def items(owner: object, name: str, value: object, kind: str, requirement: str) -> list[Any]:
    """Any iterable except a string, as a list."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(_message(owner, name, f"an iterable of {kind}", value, requirement))
    return list(value)


def increasing(owner: object, name: str, value: object, requirement: str) -> tuple[int, ...]:
    """Strictly increasing, non-negative integers."""
    numbers = [
        integer(owner, name, entry, 0, requirement) for entry in items(owner, name, value, "integers", requirement)
    ]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise ValueError(_message(owner, name, "strictly increasing", value, requirement))
    return tuple(numbers)


def pair(owner: object, name: str, value: object, interval: str, requirement: str) -> tuple[float, float]:
    """Any iterable of exactly two real numbers, both within ``interval``."""
    first, second = _reals(owner, name, value, interval, requirement, 2)
    return first, second


def triple(owner: object, name: str, value: object, interval: str, requirement: str) -> tuple[float, float, float]:
    """Any iterable of exactly three real numbers, all within ``interval``."""
    first, second, third = _reals(owner, name, value, interval, requirement, 3)
    return first, second, third


def _reals(owner: object, name: str, value: object, interval: str, requirement: str, count: int) -> list[float]:
    numbers = [
        real(owner, name, entry, interval, requirement) for entry in items(owner, name, value, "reals", requirement)
    ]
    if len(numbers) != count:
        raise ValueError(_message(owner, name, f"{count} real numbers", value, requirement))
    return numbers


def metric_value(owner: object, name: str, value: object, requirement: str) -> float:
    """Any real number, including nan and the infinities, or a 0-d array of one."""
    number = _as_float(value)
    if number is None:
        raise TypeError(_message(owner, name, "a real number or a 0-d array", value, requirement))
    return number


def _as_float(value: Any) -> float | None:
    """None if ``value`` is neither a real number nor a 0-d array of one; infinity if it is too large for a float."""
    dtype = getattr(value, "dtype", None)
    if dtype is None and not isinstance(value, (Real, Decimal)):
        return None
    if dtype is not None and (np.ndim(value) != 0 or not jnp.issubdtype(dtype, np.number)):
        return None
    if np.iscomplexobj(value):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _within(number: float, interval: str) -> bool:
    low, high = (float(end) for end in interval[1:-1].split(","))
    above = number >= low if interval[0] == "[" else number > low
    below = number <= high if interval[-1] == "]" else number < high
    return above and below


def _message(owner: object, name: str, expected: str, got: object, requirement: str) -> str:
    return f"{type(owner).__name__}: {name} must be {expected}, got {got!r} [{requirement}]"
