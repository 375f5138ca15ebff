"""Scenarios and traces as plain data, and how their values are encoded as JSON.

An integer is a JSON number, a float a decimal string that round-trips float64, None is null, a list a list. Everything
else is tagged: {"float": "nan"}, {"str": "max"}, {"bool": true}, {"tuple": […]}, {"iterator": […]}, {"int64": 3},
{"float32": "0.5"}, {"float64": "0.5"}, {"0-d": "0.5"} for a 0-d array, {"fn": "power", "base": "0.9"} for a function of
the closed table ``FUNCTIONS``, and {"class": …} for a scheduler. An array is {"dtype", "shape", "data"}, its elements
in row-major order; with a "layout" of ``LAYOUTS``, they lie in another order in memory. A large array has a "seed" in
place of "data", from which its elements follow. The key of a weight is a string, an integer, or {"tuple": [keys]}.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from operator import index
from typing import Any

import numpy as np

Json = Any
Scenario = dict[str, Json]
Row = dict[str, Json]
Trace = list[Row]

BFLOAT16 = "bfloat16"
LARGE = 1024  # elements: of larger arrays, a row holds a sample
SAMPLE, SIGNS = 64, 99  # elements of a sample, and the seed whose signs are those of its sum
ALIGNMENT = 64  # bytes


class UserError(Exception):
    """Raised by a function of a scenario."""


class UserTypeError(UserError, TypeError):
    """Raised like an implementation's own TypeError, which it must not be mistaken for."""


class UserKeyError(UserError, KeyError):
    """The same for KeyError."""


class UserIndexError(UserError, IndexError):
    """The same for IndexError."""


RAISED = {"TypeError": UserTypeError, "KeyError": UserKeyError, "IndexError": UserIndexError}


def _power(encoded: Json) -> Callable[[Any], Any]:
    base = float(encoded["base"])
    return lambda x: base**x


def _inverse(encoded: Json) -> Callable[[Any], Any]:
    return lambda x: 1 / (1 + x)


def _fails(encoded: Json) -> Callable[[Any], Any]:
    def fails(x: Any) -> Any:
        if x >= encoded["from"]:
            raise RAISED.get(encoded.get("raises"), UserError)(f"the function fails at {x}")
        return 0.5

    return fails


def _table(encoded: Json) -> Callable[[Any], Any]:
    values = decode(encoded["values"])

    def table(x: Any) -> Any:
        try:
            number = index(x)
        except TypeError:
            raise UserTypeError(f"called with {x!r}, which is no whole number") from None
        if number < 0:
            raise UserError(f"called with {number}")
        return values[min(number, len(values) - 1)]

    return table


FUNCTIONS: dict[str, Callable[[Json], Callable[[Any], Any]]] = {
    "power": _power,
    "inverse": _inverse,
    "fails": _fails,
    "table": _table,
}


def number(value: float) -> Json:
    """A float as JSON."""
    return repr(value) if math.isfinite(value) else {"float": repr(value)}


def string(text: str) -> Json:
    """A string as JSON."""
    return {"str": text}


def decode(value: Json) -> Any:
    """The Python value of JSON. Schedulers stay as they are: the runner builds them."""
    match value:
        case str():
            return float(value)
        case list():
            return [decode(entry) for entry in value]
        case {"float": text}:
            return float(text)
        case {"str": text} | {"bool": text}:
            return text
        case {"tuple": entries}:
            return tuple(decode(entry) for entry in entries)
        case {"iterator": entries}:
            return iter([decode(entry) for entry in entries])
        case {"int64": integer}:
            return np.int64(integer)
        case {"float32": text}:
            return np.float32(text)
        case {"float64": text}:
            return np.float64(text)
        case {"0-d": text}:
            return np.array(float(text))
        case {"fn": name}:
            return FUNCTIONS[name](value)
    return value


def decode_key(key: Json) -> Hashable:
    return tuple(decode_key(entry) for entry in key["tuple"]) if isinstance(key, dict) else key


def encode_key(key: Hashable) -> Json:
    return {"tuple": [encode_key(entry) for entry in key]} if isinstance(key, tuple) else key


def key_literal(key: Json) -> str:
    """A key as Python source."""
    return repr(decode_key(key))


def decode_array(array: Json) -> np.ndarray[Any, Any]:
    values = flat_values(array).reshape(array["shape"]).astype(array["dtype"])
    return LAYOUTS[array["layout"]](values) if "layout" in array else aligned(values)


def aligned(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy at an address of which JAX would take an array without copying it, so that a kept one shows."""
    memory = np.empty(values.nbytes + ALIGNMENT, np.uint8)
    start = -memory.__array_interface__["data"][0] % ALIGNMENT
    copied: np.ndarray[Any, Any] = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    copied[...] = values
    return copied


def spread(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same array, as a view of every second element of a transposed one."""
    return np.repeat(values.T[..., None], 2, axis=-1)[..., 0].T


LAYOUTS: dict[str, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]] = {
    "transposed": lambda values: values.T.copy().T,
    "spread": spread,
}


def flat_values(array: Json) -> np.ndarray[Any, Any]:
    """The elements of an array, in float64, which represents those of every dtype exactly."""
    if "seed" in array:
        return sown(array["seed"], math.prod(array["shape"]))
    return np.array([float(decode(text)) for text in array["data"]], dtype=np.float64)


def sown(seed: int, size: int) -> np.ndarray[Any, Any]:
    """The elements of a large array: between -2 and 2, and exact in float32."""
    return ((2 * seed + 137) * np.arange(1, size + 1) % 8191 - 4095) / 2048


def written_elements(values: np.ndarray[Any, Any]) -> list[Json]:
    """The elements of a flat array that a row holds: all of them, or a sample if the array is large."""
    return [number(float(value)) for value in (values if values.size <= LARGE else sample(values))]


def sample(values: np.ndarray[Any, Any]) -> list[Any]:
    """The norm and a signed sum, both divided by the root of the size, and some of the elements."""
    signs = np.where(sown(SIGNS, values.size) < 0, -1, 1)
    root = math.sqrt(values.size)
    with np.errstate(all="ignore"):
        return [(values * values).sum() ** 0.5 / root, (signs * values).sum() / root, *values[sampled(values.size)]]


def sampled(size: int) -> list[int]:
    """The indices of the elements in a sample."""
    return [i * (size - 1) // (SAMPLE - 1) for i in range(SAMPLE)]


def count_in_row(shape: list[int]) -> int:
    """How many numbers of an array a row holds."""
    size = math.prod(shape)
    return size if size <= LARGE else SAMPLE + 2


def number_name(called: str, shape: list[int], i: int) -> str:
    """The name of the i-th number of an array in a row, for messages."""
    if math.prod(shape) <= LARGE:
        return f"{called}[{i}]"
    if i < 2:
        return f"{('norm', 'signed sum')[i]} of {called}"
    return f"{called}[{sampled(math.prod(shape))[i - 2]}]"


def array(values: list[float], shape: list[int] | None = None, dtype: str = "float32") -> Json:
    """An array as JSON; ``values`` are rounded to the dtype."""
    return {
        "dtype": dtype,
        "shape": [len(values)] if shape is None else shape,
        "data": [number(float(v)) for v in rounded(values, dtype)],
    }


def rounded(values: list[float], dtype: str) -> np.ndarray[Any, Any]:
    """Values rounded to a dtype; bfloat16, which numpy lacks, is the upper half of float32."""
    if dtype != BFLOAT16:
        return np.array(values, dtype=dtype)
    bits = np.array(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def classes(scenario: Json) -> Iterator[str]:
    """The names of all classes that a scenario builds."""
    return tagged(scenario, "class")


def tagged(scenario: Json, *tags: str) -> Iterator[Any]:
    """The names and integers under some tags, at any depth of a scenario."""
    waiting = [scenario]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from (value[tag] for tag in tags if isinstance(value.get(tag), (str, int)))
            value = value.values()
        waiting += [inner for inner in value if isinstance(inner, (dict, list))]
