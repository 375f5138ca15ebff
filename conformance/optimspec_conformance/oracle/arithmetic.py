"""The numbers of the oracle: in 50 digits, or as in a plain numpy implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    """The two ways of plain implementations: all scalars in the dtype; or Python floats, with k in the dtype."""
    kind = np.dtype(dtype).type

    def arithmetic(scalar: Callable[[Any], Any], count: Callable[[int], Any]) -> Arithmetic:
        return Arithmetic(scalar, count, array=lambda values: values.astype(dtype), sqrt=np.sqrt)

    return [arithmetic(lambda value: kind(float(value)), int), arithmetic(float, kind)]


def arithmetic_for(scenario: Scenario) -> Arithmetic:
    """50 digits for schedules, floats for weights, for which 50 digits would take too long."""
    return plain("float64")[1] if "weights" in scenario else EXACT
