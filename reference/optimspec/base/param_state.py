"""Weights, as optimizers take them: anything with a ``value``."""

from __future__ import annotations

from typing import Any, Protocol


class State(Protocol):
    """What an optimizer can train: its ``value`` is an array, or a nested container of arrays, that can be rebound."""

    value: Any


class ParamState:
    """A weight: an object whose ``value`` an optimizer rebinds.

    ``value`` is an array of float16, bfloat16, float32 or float64, or a nested container of such arrays. Any other
    object with a ``value`` will do as well, for example a ``brainstate.ParamState``.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"ParamState({self.value!r})"
