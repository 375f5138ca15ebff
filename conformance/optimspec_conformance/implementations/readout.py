"""Reads values from the objects of an implementation, and describes its exceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..scenarios.text import one_line
from ..scenarios.trace import Unsupported
from ..scenarios.values import Json, Row, UserError, number, written_elements
from .protocol import OutOfTime

MAX_MESSAGE = 1000  # characters of a message
MAX_ELEMENTS = 100_000  # elements of a weight
MAX_BITS = 64  # bits of a time


def field(read: Callable[[], Json]) -> Json:
    """The value of a read-out; if it raises or is unsupported, the value says so, and the others are still read."""
    try:
        return read()
    except Unsupported as unsupported:
        return {"unsupported": one_line(unsupported)}
    except Exception as error:
        return {"raised": exception_text(error), "kind": error_kind(error)}


def exception_text(error: BaseException) -> str:
    """The name and the message of an exception on one line, even if that cannot be read."""
    try:
        text = str(error)
    except OutOfTime:
        raise
    except BaseException:
        text = "(its message cannot be read)"
    return one_line(f"{type(error).__name__}: {text[:MAX_MESSAGE]}")[:MAX_MESSAGE]


def read_scheduler(scheduler: Any) -> Row:
    return {
        "t": field(lambda: read_time(scheduler)),
        "base": field(lambda: [read_number(b) for b in scheduler.base_lrs]),
        "lr": field(lambda: read_rates(scheduler)),
    }


def read_time(scheduler: Any) -> Json:
    t = getattr(scheduler.last_epoch, "value", scheduler.last_epoch)
    if t != int(t):
        return number(float(t))
    if int(t).bit_length() > MAX_BITS:
        raise ValueError(f"an integer of {int(t).bit_length()} bits")
    return int(t)


def read_rates(scheduler: Any) -> Json:
    lrs = scheduler.get_last_lr()
    if not isinstance(lrs, list):
        raise TypeError(f"get_last_lr() gave no list: {lrs!r}")
    return [read_number(lr) for lr in lrs]


def read_number(value: Any) -> Json:
    """A number from a float or a 0-d array; ``float`` would also accept strings and longer arrays."""
    if isinstance(value, (str, bytes, bytearray)) or getattr(value, "shape", ()) != ():
        raise TypeError(f"{value!r} is no number")
    return number(float(value))


def read_array(value: Any) -> Json:
    array = np.asarray(value)
    if array.size > MAX_ELEMENTS:
        raise ValueError(f"an array of {array.size} elements")
    data = written_elements(array.astype(np.float64).ravel())
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def error_kind(error: BaseException) -> str:
    """type, value, key, UserError, or the name of any other exception."""
    kinds = (("UserError", UserError), ("key", KeyError), ("type", TypeError), ("value", ValueError))
    for name, exception_type in kinds:
        if isinstance(error, exception_type):
            return name
    return one_line(type(error).__name__)
