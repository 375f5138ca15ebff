"""The smallest state that an optimizer can train."""

from __future__ import annotations

from typing import Any


class ParamState:
    """A weight: an object whose ``value`` an optimizer rebinds.

    ``value`` is an array of float16, bfloat16, float32 or float64, or a nested container of such arrays. Any other
    object with a ``value`` serves as well, ``brainstate.ParamState`` among them.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"ParamState({self.value!r})"
