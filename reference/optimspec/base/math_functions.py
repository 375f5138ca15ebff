"""The arithmetic that several formulas share."""

from __future__ import annotations

import math
from typing import Any, Final, Protocol, TypeAlias, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np

T = TypeVar("T")
Real: TypeAlias = float | jax.Array  # or an int; the array may be a tracer


class Namespace(Protocol):
    """The functions of numpy and jax.numpy that formulas use. One of the two modules is passed to them as ``xp``."""

    def asarray(self, *args: Any, **options: Any) -> jax.Array: ...
    def clip(self, *args: Any, **options: Any) -> Real: ...
    def maximum(self, *args: Any, **options: Any) -> Real: ...
    def minimum(self, *args: Any, **options: Any) -> Real: ...
    def sin(self, *args: Any, **options: Any) -> Real: ...
    def sqrt(self, *args: Any, **options: Any) -> Real: ...
    def where(self, *args: Any, **options: Any) -> Real: ...


NUMPY: Final = cast(Namespace, np)  # its scalars can take the place of Python's


def of_group(values: list[T], group: int) -> T:
    """The entry of a group. The last entry stands for all further groups."""
    return values[min(group, len(values) - 1)]


def at_most(t: Real, end: int, xp: Namespace) -> Real:
    """min(t, end). A Python number stays one: with numpy's scalars the rest of the formula would be slower."""
    return min(t, end) if xp is NUMPY else xp.minimum(t, end)


def power(base: Real, exponent: Real, xp: Namespace) -> Real:
    """base ** exponent for 0 < base, infinite beyond the range of floats.

    In float32 it goes through a float64 logarithm: rounding the base would multiply the error by the exponent.
    """
    if xp is jnp:
        return jnp.exp(exponent * math.log(base)) if isinstance(base, float) else base**exponent
    try:
        exponent = float(exponent)
    except OverflowError:
        exponent = math.inf
    try:
        result: float = float(base) ** exponent
    except OverflowError:
        return math.inf
    return result


def half_cosine(done: Real, length: Real, xp: Namespace) -> Real:
    """(1 + cos(π·done/length))/2 as sin²: exactly 1 at the start and 0 at the end, without cancellation."""
    angle = math.pi / 2 * ((length - done) / length)
    return (math.sin(angle) if xp is NUMPY else xp.sin(angle)) ** 2


def norm(x: jax.Array) -> jax.Array:
    """The Euclidean norm of an array, summed in float64, where no square of a float32 overflows or underflows."""
    return jnp.sqrt(jnp.sum(x.astype(jnp.float64) ** 2)).astype(x.dtype)
