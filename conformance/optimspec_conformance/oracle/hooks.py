"""Hooks that faults can override, besides the methods of the oracle's objects."""

from __future__ import annotations

import copy

from ..scenarios.values import Json


class FaultHooks:
    """Hooks that the correct oracle ignores; faults override them."""

    def on_scribble(self, target: str) -> None:
        """Called when an argument, a returned list or a state is overwritten."""

    def on_read(self) -> None:
        """Called when the read-outs are read once more."""

    def on_bystander(self) -> None:
        """Called when another scheduler of the same class has been used."""

    def changed_arrays(self) -> list[str]:
        """The caller's arrays that a step has changed, or the arguments that a constructor has changed."""
        return []

    def round_trip(self, state: Json, via: str | None) -> Json:
        """A state after a round trip. The state of a fault may be more than a snapshot."""
        return state if via is None else copy.deepcopy(state)
