"""The arithmetic of the oracle: 50 decimal digits, in its own mpmath context."""

from typing import Any

import numpy as np
from mpmath import MPContext


class Context(MPContext):  # type: ignore[misc]  # mpmath has no types
    """Refuses an array in few words, for which mpmath writes all its digits down before numpy takes over."""

    def npconvert(self, x: Any) -> Any:
        if isinstance(x, np.ndarray):
            raise TypeError("an array is no number")
        return super().npconvert(x)


mp = Context()
mp.dps = 50


def sign(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Signs of numbers of any kind."""
    signs: np.ndarray[Any, Any] = (values > 0).astype(int) - (values < 0).astype(int)
    return signs


def log(x: Any) -> Any:
    """The natural logarithm of a number, as one of its kind."""
    return type(x)(mp.log(x))


def exp(x: Any) -> Any:
    return type(x)(mp.exp(x))
