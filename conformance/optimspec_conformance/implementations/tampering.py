"""What scenarios do to a saved state: round-trip it, corrupt it, overwrite it."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator, MutableMapping, MutableSequence
from functools import partial
from typing import Any

import numpy as np

PLAIN_TYPES = (str, int, float, bool, type(None))


def round_trip(state: Any, via: str | None) -> Any:
    """A state after a round trip."""
    match via:
        case "pickle":
            return pickle.loads(pickle.dumps(state))
        case "deepcopy":
            return copy.deepcopy(state)
        case "json":
            return json.loads(json.dumps(state, allow_nan=False))
        case "plain":
            for value in leaves(state):
                if not isinstance(value, PLAIN_TYPES) and not hasattr(value, "dtype"):
                    raise TypeError(f"the state holds {value!r}, a {type(value).__name__}")
    return state


def leaves(state: Any) -> Iterator[Any]:
    """The leaves of a state. Raises TypeError for a key that is not a string."""
    if isinstance(state, dict):
        for key, value in state.items():
            if not isinstance(key, str):
                raise TypeError(f"the state has the key {key!r}, a {type(key).__name__}")
            yield from leaves(value)
    elif isinstance(state, (list, tuple)):
        for value in state:
            yield from leaves(value)
    else:
        yield state


def replace_leaves(value: Any) -> Callable[[Any], Any]:
    """A function that copies a state with every leaf replaced by ``value``."""

    def replace(state: Any) -> Any:
        if isinstance(state, dict):
            return {key: replace(entry) for key, entry in state.items()}
        if isinstance(state, (list, tuple)):
            return [replace(entry) for entry in state]
        return value

    return replace


def time_alone(state: Any) -> Any:
    """Only the time, if an entry has a name that says so."""
    return {name: state[name] for name in ("last_epoch", "t") if name in state}


def without(i: int, state: Any) -> Any:
    """A state without its i-th entry."""
    return {name: value for k, (name, value) in enumerate(state.items()) if k != i}


TAMPER: dict[str, Callable[[Any], Any]] = {
    "empty": lambda state: {},
    "time-alone": time_alone,
    "nulls": replace_leaves(None),
    "nans": replace_leaves(float("nan")),
    "texts": replace_leaves("rubbish"),
    "not-a-mapping": lambda state: 7,
    **{f"without-{i}": partial(without, i) for i in range(8)},
}


def scribble(target: Any) -> None:
    """Overwrite everything mutable, at any depth."""
    if isinstance(target, MutableMapping):
        for key in list(target):
            scribble(target[key])
            if isinstance(target[key], (int, float, str)) or target[key] is None:
                target[key] = 77
        target["scribbled"] = 77
    elif isinstance(target, MutableSequence):
        for entry in target:
            scribble(entry)
        target[:] = [77] * (len(target) + 1)
    elif isinstance(target, np.ndarray) and target.flags.writeable:
        target[...] = 77
