"""The numbers of the oracle: in 50 digits, or as in a plain numpy implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..classes.arithmetic import mp
from ..classes.definition import Array
from ..scenarios.values import Scenario


@dataclass(frozen=True)
class Arithmetic:
    """``scalar`` makes a number, ``count`` makes k, ``array`` a flat array from flat floats."""

    scalar: Callable[[Any], Any]
    count: Callable[[int], Any]
    array: Callable[[Array], Array]
    sqrt: Callable[[Any], Any]


EXACT = Arithmetic(
    scalar=mp.mpf,
    count=int,
    array=lambda values: np.array([mp.mpf(float(v)) for v in values], dtype=object),
    sqrt=np.frompyfunc(mp.sqrt, 1, 1),
)


def plain(dtype: str) -> list[Arithmetic]:
    """The two kinds of plain implementations: all scalars in the dtype; or Python floats, with k in the dtype."""
    kind = np.dtype(dtype).type

    def arithmetic(scalar: Callable[[Any], Any], count: Callable[[int], Any]) -> Arithmetic:
        return Arithmetic(scalar, count, array=lambda values: values.astype(dtype), sqrt=np.sqrt)

    return [arithmetic(lambda value: kind(float(value)), int), arithmetic(float, kind)]


class NoisyArray(np.ndarray):
    """An array in which every operation makes one more rounding error, up or down at random."""

    random: np.random.Generator

    def __array_finalize__(self, source: Any) -> None:
        if isinstance(source, NoisyArray):
            self.random = source.random

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        arrays = [value.view(np.ndarray) if isinstance(value, NoisyArray) else value for value in inputs]
        result = getattr(ufunc, method)(*arrays, **keywords)
        if not isinstance(result, np.ndarray | np.floating) or result.dtype.kind != "f":
            return result
        kind = np.finfo(result.dtype)
        factors = np.array([1 - kind.epsneg, 1, 1 + kind.eps], dtype=result.dtype)
        noisy = np.asarray(result * self.random.choice(factors, size=result.shape)).view(NoisyArray)
        noisy.random = self.random
        return noisy


def noisy(dtype: str, seed: int) -> Arithmetic:
    """Plain arithmetic with additional rounding errors, as another plain implementation may have them."""
    random = np.random.default_rng(seed)

    def array(values: Array) -> Array:
        converted = values.astype(dtype).view(NoisyArray)
        converted.random = random
        return converted

    return replace(plain(dtype)[0], array=array)


def arithmetic_for(scenario: Scenario) -> Arithmetic:
    """50 digits for schedules, floats for weights, for which 50 digits would take too long."""
    return plain("float64")[1] if "weights" in scenario else EXACT
