"""Reads values from the objects of an implementation, and describes its exceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..scenarios.trace import Unsupported
from ..scenarios.values import Json, Row, UserError, number

LONGEST = 1000  # characters of a message
LARGEST = 100_000  # elements of a weight


def field(read: Callable[[], Json]) -> Json:
    """The value of a read-out. One that raises or is not supported does not hide the others."""
    try:
        return read()
    except Unsupported as lacking:
        return {"unsupported": str(lacking)}
    except Exception as error:
        return {"raised": exception_text(error), "kind": error_kind(error)}


def exception_text(error: BaseException) -> str:
    """The name and the message of an exception, even if that cannot be read."""
    try:
        text = str(error)
    except Exception:
        text = "(its message cannot be read)"
    return f"{type(error).__name__}: {text}"[:LONGEST]


def read_scheduler(scheduler: Any) -> Row:
    return {
        "t": field(lambda: read_time(scheduler)),
        "base": field(lambda: [read_number(b) for b in scheduler.base_lrs]),
        "lr": field(lambda: read_rates(scheduler)),
    }


def read_time(scheduler: Any) -> Json:
    t = getattr(scheduler.last_epoch, "value", scheduler.last_epoch)
    return int(t) if t == int(t) else number(float(t))


def read_rates(scheduler: Any) -> Json:
    lrs = scheduler.get_last_lr()
    if not isinstance(lrs, list):
        raise TypeError(f"get_last_lr() gave no list: {lrs!r}")
    return [read_number(lr) for lr in lrs]


def read_number(value: Any) -> Json:
    """From a float or a 0-d array; ``float`` would also accept strings and longer arrays."""
    if isinstance(value, (str, bytes, bytearray)) or getattr(value, "shape", ()) != ():
        raise TypeError(f"{value!r} is no number")
    return number(float(value))


def read_array(value: Any) -> Json:
    observed = np.asarray(value)
    if observed.size > LARGEST:
        raise ValueError(f"an array of {observed.size} elements")
    data = [number(float(v)) for v in observed.astype(np.float64).ravel()]
    return {"dtype": str(observed.dtype), "shape": list(observed.shape), "data": data}


def error_kind(error: BaseException) -> str:
    """type, value, key, UserError, or the name of any other exception."""
    kinds = (("UserError", UserError), ("key", KeyError), ("type", TypeError), ("value", ValueError))
    for name, expected in kinds:
        if isinstance(error, expected):
            return name
    return type(error).__name__
